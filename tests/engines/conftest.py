"""The tiny models, made once."""

from pathlib import Path

import pytest

from tests import tiny_models


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny_models.Folders(tmp_path_factory.mktemp("tiny"))

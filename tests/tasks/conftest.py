"""The tiny models, made once, and each served once."""

from pathlib import Path

import pytest

from tests import tiny_models
from tests.served_model import ServedModel


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny_models.Folders(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def classifier(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["bert"], "text-classification")


@pytest.fixture(scope="session")
def encoder(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["encoder"], "feature-extraction")


@pytest.fixture(scope="session")
def gpt2(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["gpt2"], "text-generation")


@pytest.fixture(scope="session")
def llama(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["llama"], "generation")


@pytest.fixture(scope="session")
def t5(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["t5"], "seq2seq")


@pytest.fixture(scope="session")
def bart(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["bart"], "text2text-generation")

"""Image feature extraction against transformers' own pipeline, and against a model's half that sees."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serve_app.errors import InvalidInput
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 8, 8)]
FILES = [file_of(each) for each in PICTURES]


@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("name", ["vit-bare", "convnext"])
def test_features_are_the_pipelines(folders: dict[str, Path], name: str, pool: bool) -> None:
    from transformers import pipeline

    theirs = pipeline("image-feature-extraction", str(folders[name]), device="cpu", image_processor_backend="pil")
    for image, answer in zip(PICTURES, _asked(folders[name]).predict(FILES, pool=pool), strict=True):
        [expected] = theirs(image, pool=pool)
        np.testing.assert_allclose(answer, expected, atol=1e-4)


@pytest.mark.parametrize("pool", [False, True])
def test_of_a_model_of_images_and_texts_the_half_that_sees(folders: dict[str, Path], pool: bool) -> None:
    import torch
    from transformers import AutoImageProcessor, CLIPModel

    half = CLIPModel.from_pretrained(folders["clip"]).vision_model
    processor = AutoImageProcessor.from_pretrained(folders["clip"], backend="pil")
    for image, answer in zip(PICTURES, _asked(folders["clip"]).predict(FILES, pool=pool), strict=True):
        with torch.no_grad():
            expected = half(**processor(image, return_tensors="pt"))[int(pool)][0]
        np.testing.assert_allclose(answer, expected, atol=1e-4)


def test_company_changes_nothing(folders: dict[str, Path]) -> None:
    seer = _asked(folders["vit-bare"])
    for file, together in zip(FILES, seer.predict(FILES), strict=True):
        np.testing.assert_allclose(together, seer.predict([file])[0], atol=1e-5)


def test_a_vector_that_the_model_never_learnt_is_refused(folders: dict[str, Path]) -> None:
    classifier = _asked(folders["vit"])
    assert np.shape(classifier.predict(FILES[:1])) == (1, 17, 32)
    with pytest.raises(InvalidInput, match="no vector for the whole image") as told:
        classifier.predict(FILES[:1], pool=True)
    assert told.value.field == "pool"


def test_a_broken_image_harms_no_other(folders: dict[str, Path]) -> None:
    seer = _asked(folders["vit-bare"])
    first, broken, last = seer.task.expand(seer.items([FILES[0], b"no image", FILES[1]], [{}] * 3), seer.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)


def _asked(folder: Path) -> Any:
    return ServedModel(folder, "image-feature-extraction")

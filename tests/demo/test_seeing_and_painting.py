"""The demo models that make no sense still do what their kind does, and are the same every time."""

import io
from pathlib import Path

import numpy as np
import pytest

from serve_app import demo
from serve_app.demo.languages import captions, shapes
from serve_app.demo.table import TABLE, buildable
from tests.media import file_of, picture
from tests.served_model import ServedModel

NAMES = ("llava", "stable-diffusion")


@pytest.mark.parametrize("name", NAMES)
def test_two_builds_have_the_same_weights(name: str, tmp_path: Path) -> None:
    first, second = (demo.build(name, tmp_path / part) for part in ("first", "second"))
    files = sorted(path.relative_to(first) for path in first.rglob("*.safetensors"))
    assert files
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def test_what_is_asked_of_the_seer_is_about_its_picture() -> None:
    sample = TABLE["llava"].sample()
    assert sample == {"text": "What is in the picture?", "image": shapes.example()}
    seer = ServedModel(demo.build("llava"), "image-text-to-text")
    other = {**sample, "image": file_of(picture(3))}
    first, again, different = (
        seer.predict([each], max_new_tokens=12, return_full_text=False) for each in (sample, sample, other)
    )
    assert first == again != different


def test_the_painter_paints_and_paints_over() -> None:
    from PIL import Image

    folder = demo.build("stable-diffusion")
    prompt = TABLE["stable-diffusion"].sample()
    assert prompt in captions.captions()
    [painted] = ServedModel(folder, "text-to-image").predict([prompt], seed=1, num_inference_steps=3)
    [over] = ServedModel(folder, "image-to-image").predict([painted.data], seed=1, num_inference_steps=3, prompt=prompt)
    first, second = (np.asarray(Image.open(io.BytesIO(blob.data))) for blob in (painted, over))
    assert first.shape == second.shape == (64, 64, 3)
    assert first.std() > 1
    assert (first != second).any()


def test_it_is_built_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert buildable() == demo.NAMES
    monkeypatch.setattr("serve_app.demo.table.find_spec", lambda name: None)
    assert {*demo.NAMES} - {*buildable()} == {"stable-diffusion"}

"""Types to tensors, whatever the task: what no task has yet, and the parts of it all by themselves."""

import io
import json
from typing import Annotated, Any, NotRequired

import numpy as np
import pytest
import soundfile
from PIL import Image as Pillow
from pydantic import BeforeValidator, TypeAdapter, WithJsonSchema
from typing_extensions import TypedDict

from serve_app.errors import InvalidInput
from serve_app.ingress.dialects.open_inference.datatypes import WRITTEN
from serve_app.ingress.dialects.open_inference.elements import elements_in, in_binary
from serve_app.ingress.dialects.open_inference.inputs import takes
from serve_app.ingress.dialects.open_inference.media_files import picture_file, sound_file
from serve_app.ingress.dialects.open_inference.outputs import Answered, gives
from serve_app.ingress.dialects.open_inference.padding import padded
from serve_app.ingress.dialects.open_inference.tensors import Tensor
from serve_app.tasks.media.input import Image, Sound
from serve_app.tasks.media.output import Base64Blob, Blob
from serve_app.tasks.text.input import Text
from serve_app.tasks.text_classification import TextClassification


class Box(TypedDict):
    left: int
    right: float


class Chunk(TypedDict):
    text: str
    timestamp: tuple[float, float | None]


class Scene(TypedDict):
    file: Base64Blob
    depths: list[list[float]]
    good: bool
    box: NotRequired[Box]
    boxes: list[Box]
    chunks: list[Chunk]
    note: str | None


class Parts(TypedDict):
    image: Image
    others: NotRequired[list[Image]]
    sound: NotRequired[Sound]
    points: list[list[int]]
    factor: float | int
    box: Box
    title: Annotated[
        str | int, BeforeValidator(str), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}]})
    ]


class OfScenes(TextClassification):
    Input = Parts
    Output = Scene  # type: ignore[assignment]


class OfFiles(TextClassification):
    Input = Text | Image
    Output = Base64Blob  # type: ignore[assignment]
    answer = "image"


def tensors(answered: list[Answered]) -> dict[str, tuple[str, Any]]:
    return {tensor.name: (tensor.datatype, tensor.array.tolist()) for tensor in answered}


SCENE: dict[str, Any] = {
    "file": Blob(b"\x89", "image/png"),
    "depths": np.ones((2, 3), np.float32),
    "good": True,
    "boxes": [{"left": 1, "right": 2.5}],
    "chunks": [{"text": "a", "timestamp": (0.0, None)}],
    "note": None,
}


def test_an_answer_of_many_kinds() -> None:
    TypeAdapter(Scene).validate_python({**SCENE, "depths": SCENE["depths"].tolist()})
    other = {**SCENE, "depths": np.ones((1, 1), np.float32), "boxes": [], "note": "x", "box": {"left": 3, "right": 4}}
    assert tensors(gives(OfScenes()).tensors([SCENE, other], [])) == {
        "file": ("BYTES", [b"\x89", b"\x89"]),
        "depths": ("FP32", [[[1, 1, 1], [1, 1, 1]], [[1, 0, 0], [0, 0, 0]]]),
        "good": ("BOOL", [True, True]),
        "box": ("FP32", [[0, 0], [3, 4]]),
        "boxes": ("FP32", [[[1, 2.5]], [[0, 0]]]),
        "chunks": ("BYTES", [json.dumps(SCENE["chunks"], separators=(",", ":"))] * 2),
        "note": ("BYTES", ["", "x"]),
    }
    assert "box" not in tensors(gives(OfScenes()).tensors([SCENE], []))


def test_an_answer_that_is_a_file() -> None:
    known = gives(OfFiles())
    assert (known.names, known.counted) == (["image", "json"], False)
    told = tensors(known.tensors([Blob(b"\x89", "image/png")], ["image", "json"]))
    assert told == {"image": ("BYTES", [b"\x89"]), "json": ("BYTES", ['"iQ=="'])}


def test_the_parts_of_an_input() -> None:
    known = takes(OfScenes())
    assert {name: (part.kind, part.depth) for name, part in known.parts.items()} == {
        "image": ("image", 0), "others": ("image", 1), "sound": ("sound", 0), "points": ("whole", 2),
        "factor": ("number", 0), "box": ("json", 0), "title": ("json", 0),
    }  # fmt: skip
    assert known.needed == {"image", "points", "factor", "box", "title"}
    pixels = np.zeros((2, 3, 4, 5, 3), np.uint8)
    sent = (
        Tensor("others", "UINT8", pixels.shape, numbers=pixels),
        Tensor("points", "INT32", (2, 1, 2), numbers=np.arange(4)),
        Tensor("factor", "FP32", (2, 1), numbers=np.array([0.5, 2.0])),
        Tensor("box", "BYTES", (2,), texts=['{"left": 1, "right": 2}', "5"]),
    )
    first, second = known.rows({tensor.name: tensor for tensor in sent}, 16_000)
    assert (first["points"], second["points"]) == ([[0, 1]], [[2, 3]])
    assert (first["factor"], second["box"]) == (0.5, 5)
    assert [len(row["others"]) for row in (first, second)] == [3, 3]
    assert first["others"][0] == picture_file(pixels[0, 0])


def test_inputs_of_one_tensor_each() -> None:
    known = takes(OfFiles())
    assert ([*known.whole], known.parts, known.needed) == (["text", "image"], {}, frozenset())
    sound = takes(OfScenes()).rows({"json": Tensor("json", "BYTES", (1,), texts=['{"a": 1}'])}, 16_000)
    assert sound == [{"a": 1}]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pixels_are_a_file_with_the_same_pixels(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    with Pillow.open(io.BytesIO(picture_file(pixels))) as read:
        assert read.size == (7, 5)
        assert np.array_equal(np.asarray(read).reshape(pixels.shape), pixels)


def test_samples_are_a_file_with_the_same_samples() -> None:
    samples = np.random.default_rng(0).normal(size=300).astype(np.float32)
    read, rate = soundfile.read(io.BytesIO(sound_file(samples, 22_050)), dtype="float32")
    assert rate == 22_050 and np.array_equal(read, samples)


def test_elements_and_their_lengths() -> None:
    assert elements_in(in_binary(["a", "größe", b"", b"\0\xff"]), 4) == [b"a", "größe".encode(), b"", b"\0\xff"]
    for broken in (b"\1", b"\2\0\0\0a", b"\xff\xff\xff\xffa", in_binary(["a", "b"])):
        assert elements_in(broken, 1) is None


def test_lists_in_lists_are_filled_up() -> None:
    assert padded([[[1, 2], []], [[3]]], 3, WRITTEN["whole"]).tolist() == [[[1, 2], [-1, -1]], [[3, -1], [-1, -1]]]
    assert padded([None, ["a"]], 2, WRITTEN["text"]).tolist() == [[""], ["a"]]
    assert padded([[], []], 3, WRITTEN["number"]).shape == (2, 0, 0)
    assert padded([np.ones(2), np.ones(1)], 2, WRITTEN["number"]).tolist() == [[1, 1], [1, 0]]
    assert padded([True, None], 1, WRITTEN["truth"]).tolist() == [True, False]


def test_a_broad_answer_and_a_high_one_share_no_tensor() -> None:
    with pytest.raises(InvalidInput, match=r"of the shape \[2, 4000000, 4000000\]"):
        padded([np.ones((1, 4_000_000)), np.ones((4_000_000, 1))], 3, WRITTEN["number"])

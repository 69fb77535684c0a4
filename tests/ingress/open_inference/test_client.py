"""The protocol's own client, as Triton gives it away, which sends and reads binary tensors unless told otherwise."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

from tests.ingress.listening import listening
from tests.ingress.service import stub
from tests.media import file_of, picture, samples, sound_file

MODELS = (
    stub("org/moods"),
    stub("vectors", "feature-extraction"),
    stub("pictures", "image-classification"),
    stub("sounds", "audio-classification"),
    stub("boxes", "object-detection"),
    stub("segments", "image-segmentation"),
    stub("answers", "question-answering"),
)


@pytest.fixture(scope="module")
def client() -> Iterator[triton.InferenceServerClient]:
    with listening(*MODELS) as url, triton.InferenceServerClient(url.removeprefix("http://")) as made:
        yield made


def given(name: str, array: NDArray[Any], datatype: str = "BYTES", binary: bool = True) -> triton.InferInput:
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def test_health_and_metadata(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("org/moods") and client.is_model_ready("vectors", "1")
    assert not client.is_model_ready("nobody") and not client.is_model_ready("vectors", "2")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data", "parameters"]
    told = client.get_model_metadata("vectors", "1")
    assert told["inputs"][0]["name"] == "text" and told["outputs"][0]["shape"] == [-1, -1]


@pytest.mark.parametrize("binary", [True, False])
def test_text_in_and_every_tensor_out(client: triton.InferenceServerClient, binary: bool) -> None:
    texts = np.array(["hello", "größer", "hello"], dtype=object)
    result = client.infer("org/moods", [given("text", texts, binary=binary)], "1", request_id="mine")
    assert result.get_response()["id"] == "mine"
    scores, labels = result.as_numpy("score"), result.as_numpy("label")
    assert (scores.shape, scores.dtype, labels.shape) == ((3, 2), np.float32, (3, 2))
    assert labels[0].tolist() == [b"POSITIVE", b"NEGATIVE"]
    assert scores[0].tolist() == scores[2].tolist() == pytest.approx([0.76923561, 0.2307644])
    plain = client.infer(
        "org/moods",
        [given("text", texts, binary=binary)],
        outputs=[triton.InferRequestedOutput("score", binary_data=False), triton.InferRequestedOutput("label")],
        parameters={"top_k": 1},
    )
    assert plain.as_numpy("score").tolist() == scores[:, :1].tolist()
    assert plain.as_numpy("label").tolist() == labels[:, :1].tolist()
    assert plain.as_numpy("count") is None


def test_vectors(client: triton.InferenceServerClient) -> None:
    result = client.infer("vectors", [given("text", np.array([["hello"], ["you"]], dtype=object))])
    assert result.as_numpy("embedding").shape == (2, 8)
    expected = [0.1536, -0.4056, 0.0966, 0.197, -0.151, 0.463, -0.2164, -0.843]
    assert result.as_numpy("embedding")[0].tolist() == pytest.approx(expected)


def test_a_file_its_base64_and_its_pixels_are_the_same_image(client: triton.InferenceServerClient) -> None:
    picked = picture(3)
    file = file_of(picked)
    found = [
        client.infer("pictures", [each]).as_numpy("score").tolist()
        for each in (
            given("image", np.array([file], dtype=object)),
            given("image", np.array([base64.b64encode(file)], dtype=object)),
            given("image", np.array([base64.b64encode(file).decode()], dtype=object), binary=False),
            given("image", np.asarray(picked)[None], "UINT8"),
            given("image", np.asarray(picked), "UINT8"),
            given("image", np.asarray(picked), "UINT8", binary=False),
        )
    ]
    assert found == found[:1] * len(found)
    other = client.infer("pictures", [given("image", np.stack([np.asarray(picked), np.asarray(picture(4))]), "UINT8")])
    assert other.as_numpy("score")[0].tolist() == found[0][0]
    assert other.as_numpy("score")[1].tolist() != found[0][0]


def test_a_file_and_its_samples_are_the_same_sound(client: triton.InferenceServerClient) -> None:
    heard = samples(1, rate=8000)
    file = sound_file(heard, 8000, subtype="FLOAT")
    expected = client.infer("sounds", [given("sound", np.array([file], dtype=object))]).as_numpy("score").tolist()
    for array in (heard, heard[None]):
        asked = [given("sound", array, "FP32")]
        told = client.infer("sounds", asked, parameters={"sampling_rate": 8000}).as_numpy("score").tolist()
        assert told == expected
    assert client.infer("sounds", [given("sound", heard, "FP32")]).as_numpy("score").tolist() != expected


def test_boxes_and_masks(client: triton.InferenceServerClient) -> None:
    file = np.array([file_of(picture(3))], dtype=object)
    result = client.infer("boxes", [given("image", file)], parameters={"threshold": 0.0})
    boxes, [count] = result.as_numpy("box"), result.as_numpy("count").tolist()
    assert (boxes.shape, boxes.dtype) == ((1, count, 4), np.float32) and count > 0
    asked = [triton.InferRequestedOutput("json", binary_data=False)]
    documents = client.infer("boxes", [given("image", file)], outputs=asked, parameters={"threshold": 0.0})
    [told] = documents.as_numpy("json").tolist()
    assert boxes[0].tolist() == [[*each["box"].values()] for each in json.loads(told)]
    mask = client.infer("segments", [given("image", file)]).as_numpy("mask").ravel()[0]
    assert mask.startswith(b"\x89PNG")


def test_several_tensors_make_one_input(client: triton.InferenceServerClient) -> None:
    question = np.array(["Where does Anna live?"], dtype=object)
    context = np.array(["Anna lives in Berlin. She works as a nurse."], dtype=object)
    result = client.infer("answers", [given("question", question), given("context", context, binary=False)])
    assert result.as_numpy("answer").tolist() == [b"Berlin. She works"]
    assert result.as_numpy("start").tolist() == [14]


def test_what_is_wrong_is_told(client: triton.InferenceServerClient) -> None:
    text = given("text", np.array(["hello"], dtype=object))
    for model, asked, status, words in (
        ("nobody", [text], "404", 'there is no model "nobody"'),
        ("pictures", [text], "400", "the tensor `text` is none of this model's; there are image, json"),
        ("vectors", [given("text", np.zeros((1,), np.float32), "FP32")], "400", "`text` must be BYTES, not FP32"),
        ("answers", [given("question", np.array(["a", "b"], dtype=object))], "400", "`context[0]` is missing"),
    ):
        with pytest.raises(InferenceServerException) as refused:
            client.infer(model, asked)
        assert refused.value.status() == status
        assert words in refused.value.message()
    with pytest.raises(InferenceServerException, match=r"`parameters\.top_k` must"):
        client.infer("org/moods", [text], parameters={"top_k": 0})
    with pytest.raises(InferenceServerException, match=r"`parameters\.priority` is not a parameter of this task"):
        client.infer("org/moods", [text], priority=3)

"""Images with OpenAI's own client, and their bodies field by field."""

import base64
import io
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from typing import Any

import openai
import pytest

from serve_app.config.schema import Limits
from serve_app.ingress.dialects.openai.images import ImageRequest, Images
from tests.ingress.listening import listening
from tests.ingress.openai.probing import OF_THE_TRANSPORT, Probed, probe
from tests.ingress.service import Service, serving, stub

PATH = "/v1/images/generations"
PAINTER = stub("painter", "text-to-image", limits=Limits(max_items=3))
ASKED: dict[str, Any] = {"prompt": "a red square", "num_inference_steps": 2, "seed": 5, "size": "64x32"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with listening(PAINTER, stub("moods")) as address:
        yield address


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving(PAINTER, stub("moods")) as running:
        yield running


async def native(service: Service, **params: Any) -> str:
    reply = await service.post("/models/painter", {"text": "a red square", "generation_params": params})
    return str(reply.json()["response"]["image"])


def size_of(image: str) -> tuple[int, int]:
    from PIL import Image

    size: tuple[int, int] = Image.open(io.BytesIO(base64.b64decode(image))).size
    return size


async def test_it_is_the_model_s_own_image(url: str, service: Service) -> None:
    expected = await native(service, num_inference_steps=2, seed=5, width=64, height=32)
    extra = {"num_inference_steps": 2, "seed": 5}
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        told = client.images.generate(model="painter", prompt="a red square", size="64x32", extra_body=extra)
    async with openai.AsyncOpenAI(base_url=f"{url}/models/painter/v1", api_key="none", max_retries=0) as other:
        same = await other.images.generate(prompt="a red square", size="64x32", extra_body=extra)
    assert told.data is not None and same.data is not None
    assert [image.b64_json for image in told.data] == [image.b64_json for image in same.data] == [expected]
    assert (told.size, told.output_format, size_of(expected)) == ("64x32", "png", (64, 32))
    assert told.data[0].url is None and told.created > 1_700_000_000


async def test_several_images_travel_together(service: Service) -> None:
    reply = await service.post(PATH, {"model": "painter", "prompt": "a red square", "n": 3, "size": "auto"})
    told = reply.json()
    assert len(told["data"]) == 3 and "size" not in told
    assert all(size_of(image["b64_json"])[0] > 0 for image in told["data"])
    [transport] = service.transports.values()
    many = await service.post(PATH, {"model": "painter", "prompt": "x", "n": 4})
    assert (many.status_code, many.json()["error"]["param"]) == (400, "n")
    assert "3" in many.json()["error"]["message"] and transport


async def test_the_client_raises_what_is_wrong(url: str) -> None:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match="nothing is stored here, so there is no URL") as raised:
            client.images.generate(model="painter", prompt="x", response_format="url")
        assert (raised.value.param, raised.value.type) == ("response_format", "invalid_request_error")
        with pytest.raises(openai.NotFoundError) as missing:
            client.images.generate(model="moods", prompt="x")
    assert missing.value.code == "model_not_found"


def test_everything_that_the_client_sends_is_known() -> None:
    sent = signature(openai.resources.Images.generate).parameters.keys() - OF_THE_TRANSPORT
    assert len(sent) > 15
    assert sent <= {*ImageRequest.model_fields, *ImageRequest.passed, *Images.not_done}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"prompt": None}, "prompt", "`prompt` is missing"),
    ({"prompt": " "}, "prompt", "`prompt` must not be blank"),
    ({"prompt": ["x"]}, "prompt", "`prompt` must be a string"),
    ({"n": 0}, "n", "`n` must be greater than or equal to 1"),
    ({"n": 11}, "n", "`n` must be less than or equal to 10"),
    ({"n": 2, "seed": 1}, "seed", "all images of one seed are the same"),
    ({"size": "big"}, "size", "`size` must"),
    ({"size": "64x"}, "size", "`size` must"),
    ({"size": "64x33"}, "size", "`size` must be a multiple of 8"),
    ({"size": "64x99992"}, "size", "`size` must be less than or equal to 2048"),
    ({"seed": -1}, "seed", "`seed` must be greater than or equal to 0"),
    ({"num_inference_steps": 0}, "num_inference_steps", "greater than or equal to 1"),
    ({"output_format": "webp"}, "output_format", "images are PNG files"),
    ({"quality": "hd"}, "quality", "use num_inference_steps"),
    ({"stream": True}, "stream", "images come when they are done"),
    ({"style": "vivid"}, "style", "ask for it in the prompt"),
    ({"width": 64}, "width", "`width` is not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param", "words"), FAULTS, ids=[str(fault[0])[:60] for fault in FAULTS])
async def test_what_is_wrong_is_named(service: Service, fields: dict[str, Any], param: str, words: str) -> None:
    reply = await service.post(PATH, {"model": "painter", "prompt": "x", **fields})
    error = reply.json()["error"]
    assert (reply.status_code, error["param"], error["type"]) == (400, param, "invalid_request_error")
    assert words in error["message"]


async def test_what_asks_for_nothing(service: Service) -> None:
    neutral = {name: value for name, told in Images.not_done.items() for value in told.neutral}
    plain = await service.post(PATH, {"model": "painter", **ASKED})
    reply = await service.post(PATH, {"model": "painter", **ASKED, **neutral, "user": "me", "n": 1})
    assert reply.json()["data"] == plain.json()["data"]


async def test_whatever_stands_in_place_of_a_field(service: Service) -> None:
    example = {"prompt": "x", "num_inference_steps": 1, "size": "8x8"}
    assert await probe(service, Probed("/models/painter/v1/images/generations", ImageRequest, example, PAINTER)) == []

"""Images in chats by the clients themselves: OpenAI's, Hugging Face's, and the paths of text-generation-inference."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from huggingface_hub import InferenceClient

from serve_app.config.schema import Model
from tests import tiny_models
from tests.ingress.listening import listening
from tests.media import file_of, picture

FILES = [base64.b64encode(file_of(picture(number))).decode() for number in range(2)]
URLS = [f"data:image/png;base64,{file}" for file in FILES]
SETTINGS: dict[str, Any] = {"max_tokens": 8}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folders = tiny_models.Folders(tmp_path_factory.mktemp("tiny"))
    seer, reader = (
        Model(name=name, hf_model_name=str(folders[folder]), hf_task=task, resources={"num_threads": 1})
        for name, folder, task in (("seer", "llava", "image-text-to-text"), ("reader", "chat", "text-generation"))
    )
    with listening(seer, reader) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


def shown(*urls: str) -> list[Any]:
    """A question about images."""
    parts = [{"type": "image_url", "image_url": {"url": each, "detail": "auto"}} for each in urls]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": "What is it?"}]}]


def native(url: str, messages: list[Any]) -> Any:
    params = {"max_new_tokens": 8, "details": "counts"}
    body = {"text": {"messages": messages}, "generation_params": params}
    reply = httpx.post(f"{url}/models/seer", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("count", [1, 2])
def test_an_answer_and_what_it_counts(client: openai.OpenAI, url: str, count: int) -> None:
    messages = shown(*URLS[:count])
    reply = client.chat.completions.create(model="seer", messages=messages, **SETTINGS)
    told = str(native(url, messages))
    assert reply.choices[0].message.content
    assert repr(reply.choices[0].message.content) in told
    assert reply.usage is not None
    blank = client.chat.completions.create(model="seer", messages=shown(), **SETTINGS).usage
    assert blank is not None
    assert reply.usage.prompt_tokens - blank.prompt_tokens == 16 * count


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="seer", messages=shown(URLS[0]), **SETTINGS)
    options: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(
            model="seer", messages=shown(URLS[0]), stream=True, stream_options=options, **SETTINGS
        )
    )
    pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage


def test_the_answers_differ_by_image(client: openai.OpenAI) -> None:
    first, second = (
        client.chat.completions.create(model="seer", messages=shown(each), **SETTINGS).choices[0].message.content
        for each in URLS
    )
    assert first != second


def test_a_response(client: openai.OpenAI) -> None:
    parts: Any = [
        {"type": "input_image", "image_url": URLS[0], "detail": "auto"},
        {"type": "input_text", "text": "What is it?"},
    ]
    reply = client.responses.create(model="seer", input=[{"role": "user", "content": parts}], max_output_tokens=8)
    chat = client.chat.completions.create(model="seer", messages=shown(URLS[0]), **SETTINGS)
    assert reply.output_text == chat.choices[0].message.content


def test_hugging_faces_client(client: openai.OpenAI, url: str) -> None:
    with InferenceClient(f"{url}/models/seer") as asked:
        told = asked.chat_completion(shown(URLS[0]), max_tokens=8)
    expected = client.chat.completions.create(model="seer", messages=shown(URLS[0]), **SETTINGS)
    assert told.choices[0].message.content == expected.choices[0].message.content


@pytest.mark.parametrize("path", ["", "/generate"])
def test_prompts_on_the_paths_of_hugging_face(url: str, path: str) -> None:
    body = {"inputs": {"text": "What is it?", "image": FILES[0]}, "parameters": {"max_new_tokens": 8}}
    reply = httpx.post(f"{url}/models/seer{path}", json=body, timeout=60).json()
    [answer] = reply if isinstance(reply, list) else [reply]
    expected = native(url, shown(URLS[0]))
    said = answer["generated_text"].removeprefix("What is it?")
    assert said
    assert repr(said) in str(expected)


def test_who_reads_text_says_so(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="reader", messages=shown(URLS[0]), **SETTINGS)
    assert refused.value.param == "messages[0].content[0].type"
    assert "must be 'text'" in refused.value.message


@pytest.mark.parametrize(
    ("part", "param"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "messages[0].content[0]"),
        ({"type": "image_url", "image_url": {"url": "no base64!"}}, "messages[0].content[0].image_url.url"),
        ({"type": "image_url", "image_url": URLS[0]}, "messages[0].content[0].image_url"),
        ({"type": "input_audio", "input_audio": {"data": ""}}, "messages[0].content[0]"),
        ({"type": "image_url"}, "messages[0].content[0].image_url"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(client: openai.OpenAI, part: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="seer", messages=[{"role": "user", "content": [part]}], **SETTINGS)
    assert refused.value.param == param

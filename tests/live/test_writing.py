"""Generation in the fast profile: the official clients, streams that are cut, and streams by handle."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient

from tests import javascript
from tests.live.replicas import run_driver
from tests.live.server import Live, one_graph, stub

MODELS = [
    {"name": "writer", "hf_model_name": "demo/gpt2", "hf_task": "text-generation"},
    {"name": "chat", "hf_model_name": "demo/chat", "hf_task": "text-generation"},
    {"name": "translator", "hf_model_name": "demo/t5", "hf_task": "translation"},
    stub("echo", "text-generation", engine_options={"step_s": 0.01}),
]
PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    server = Live(tmp_path_factory.mktemp("writing"), one_graph(MODELS))
    yield server.await_ready()
    server.client.close()
    server.stop()


def test_the_card_says_how_a_model_writes(live: Live) -> None:
    assert live.state("writer")["writes"] == "continuous"
    assert live.state("translator")["writes"].startswith("batched: an encoder-decoder")


def test_hugging_face_s_client_streams_and_tells_details(live: Live) -> None:
    client = InferenceClient(f"{live.url}/models/writer")
    whole = client.text_generation(PROMPT, max_new_tokens=4, details=True, return_full_text=False)
    assert whole.generated_text == " Paris."
    assert whole.details is not None and whole.details.finish_reason == "eos_token"
    events = list(client.text_generation(PROMPT, max_new_tokens=4, stream=True, details=True, return_full_text=False))
    assert "".join(event.token.text for event in events) == " Paris."
    assert events[-1].generated_text == " Paris."
    assert [event.token.id for event in events] == [token.id for token in whole.details.tokens]


async def test_hugging_face_s_async_client_streams(live: Live) -> None:
    async with AsyncInferenceClient(f"{live.url}/models/writer") as client:
        pieces = [piece async for piece in await client.text_generation(PROMPT, max_new_tokens=4, stream=True)]
    assert "".join(pieces) == " Paris."


def test_the_javascript_client_writes_and_streams(live: Live) -> None:
    asked = {"inputs": PROMPT, "parameters": {"max_new_tokens": 4, "return_full_text": False}}
    whole, events = javascript.ask(
        live.url, [("writer", "textGeneration", asked), ("writer", "textGenerationStream", asked)]
    )
    assert whole["generated_text"] == " Paris."
    # At a URL of one's own this client asks for completions as OpenAI has them.
    assert "".join(event["choices"][0]["text"] for event in events) == " Paris."
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


def test_openai_s_client_completes(live: Live) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none")
    assert {"writer", "echo"} <= {model.id for model in client.models.list()}
    whole = client.completions.create(model="writer", prompt=PROMPT, max_tokens=4)
    assert (whole.choices[0].text, whole.choices[0].finish_reason) == (" Paris.", "stop")
    assert whole.usage is not None
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    chunks = list(
        client.completions.create(
            model="writer", prompt=PROMPT, max_tokens=4, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == " Paris."
    assert chunks[-1].usage == whole.usage


async def test_openai_s_async_client_completes_side_by_side(live: Live) -> None:
    client = openai.AsyncOpenAI(base_url=f"{live.url}/models/writer/v1", api_key="none")
    cities = {"France": " Paris.", "Spain": " Madrid.", "Germany": " Berlin.", "Italy": " Rome."}
    answers = await asyncio.gather(
        *(
            client.completions.create(model="any", prompt=f"The capital of {country} is", max_tokens=5)
            for country in cities
            for _ in range(8)
        )
    )
    texts = [answer.choices[0].text for answer in answers]
    assert texts == [city for city in cities.values() for _ in range(8)]
    await client.close()


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_a_conversation_remembers_calls_tools_and_follows_a_schema(live: Live) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none")

    def say(*messages: Any, **more: Any) -> Any:
        return client.chat.completions.create(model="chat", messages=messages, max_tokens=80, **more)

    told = [
        {"role": "user", "content": "My name is Anna."},
        {"role": "assistant", "content": "Hello, Anna!"},
        {"role": "user", "content": "What is my name?"},
    ]
    remembered = say(*told)
    assert "Anna" in remembered.choices[0].message.content
    assert remembered.choices[0].finish_reason == "stop"
    pieces = [chunk.choices[0].delta.content or "" for chunk in say(*told, stream=True)]
    assert "".join(pieces) == remembered.choices[0].message.content

    called = say({"role": "user", "content": "What is the weather in Paris?"}, tools=[WEATHER]).choices[0]
    assert called.finish_reason == "tool_calls"
    [call] = called.message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})

    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "city": {"type": "string"}},
        "required": ["name", "age", "city"],
        "additionalProperties": False,
    }
    answer = say(
        {"role": "user", "content": "David lives in Rome. David is 41 years old. Write David as JSON."},
        response_format={"type": "json_schema", "json_schema": {"name": "person", "schema": schema, "strict": True}},
    )
    assert json.loads(answer.choices[0].message.content) == {"name": "David", "age": 41, "city": "Rome"}


def test_a_model_without_a_template_says_so(live: Live) -> None:
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="none")
    with pytest.raises(openai.BadRequestError, match="chat template"):
        client.chat.completions.create(model="writer", messages=[{"role": "user", "content": "hello"}])
    with pytest.raises(openai.NotFoundError) as missing:
        client.completions.create(model="nobody", prompt="x")
    assert missing.value.code == "model_not_found"


def test_an_encoder_decoder_streams_as_well(live: Live) -> None:
    body = {"text": "The house is small.", "stream": True}
    with live.client.stream("POST", "/models/translator", json=body) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        events = [line.removeprefix("data: ") for line in reply.iter_lines() if line]
    assert events[-1] == "[DONE]"
    told = [json.loads(event) for event in events[:-1]]
    assert "".join(event.get("text", "") for event in told).strip() == "Das Haus ist klein."
    assert told[-1]["response"]["translation_text"] == "Das Haus ist klein."


async def test_two_hundred_streams_cut_at_random_moments_leave_nothing(live: Live) -> None:
    rng = random.Random(4)

    async def cut(client: httpx.AsyncClient) -> None:
        await asyncio.sleep(rng.random() * 3)
        body = {"text": "words " * rng.randint(5, 60), "stream": True}
        try:
            async with asyncio.timeout(rng.random()), client.stream("POST", "/models/echo", json=body) as reply:
                async for _ in reply.aiter_bytes():
                    pass
        except TimeoutError:
            pass

    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=live.url, limits=limits, timeout=30) as client:
        await asyncio.gather(*(cut(client) for _ in range(200)))
        began = time.monotonic()
        reply = await client.post("/models/echo", json={"text": "next"})
        assert reply.json()["response"]["generated_text"] == "nextnext"
        assert time.monotonic() - began < 2
        # Whatever an abandoned stream still wrote would be under way here.
        await asyncio.sleep(1)
        assert (await client.get("/")).json()["under_way"] == 0


DRIVER = """
import asyncio, json
import ray
from ray import serve

ray.init(address="auto", log_to_driver=False, logging_level="ERROR")

async def main():
    handle = serve.get_deployment_handle("writer", "serve-app").options(stream=True)
    events = [event async for event in handle.stream.remote("The capital of France is", {"max_new_tokens": 4})]
    print(json.dumps(["".join(getattr(event, "text", "") for event in events), events[-1].output["generated_text"]]))

asyncio.run(main())
"""


def test_streams_by_handle(live: Live) -> None:
    driven = run_driver(DRIVER)
    assert driven.stdout, driven.stderr
    assert json.loads(driven.stdout.splitlines()[-1]) == [" Paris.", "The capital of France is Paris."]

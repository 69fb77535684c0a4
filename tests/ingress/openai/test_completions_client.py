"""Completions with OpenAI's own client."""

from typing import Any

import openai
import pytest

PATH_OF_STUB = "stub/echo"


def test_an_answer(client: openai.OpenAI) -> None:
    reply = client.completions.create(model=PATH_OF_STUB, prompt="hé", max_tokens=40)
    [choice] = reply.choices
    assert (choice.text, choice.finish_reason, choice.index, choice.logprobs) == ("hé", "stop", 0, None)
    assert (reply.object, reply.model, reply.id[:5]) == ("text_completion", PATH_OF_STUB, "cmpl-")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (3, 4, 7)


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        (["ab", "c"], ["ab", "c"]),
        ([97, 98], ["ab"]),
        ([[97, 98], [99]], ["ab", "c"]),
    ],
)
def test_prompts_in_every_form(client: openai.OpenAI, prompt: Any, texts: list[str]) -> None:
    reply = client.completions.create(model="echo", prompt=prompt)
    assert [(choice.index, choice.text) for choice in reply.choices] == [*enumerate(texts)]
    assert reply.usage is not None and reply.usage.prompt_tokens == len("".join(texts))
    echoed = client.completions.create(model="echo", prompt=prompt, echo=True, n=2)
    assert [choice.text for choice in echoed.choices] == [2 * text for text in texts for _ in range(2)]
    assert [choice.index for choice in echoed.choices] == [*range(2 * len(texts))]


async def test_streams(url: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        options: Any = {"include_usage": True}
        stream = await client.completions.create(
            model="echo", prompt="hello", echo=True, n=2, stream=True, stream_options=options, max_tokens=4
        )
        *chunks, numbers = [chunk async for chunk in stream]
    for index in range(2):
        mine = [chunk.choices[0] for chunk in chunks if chunk.choices[0].index == index]
        assert "".join(choice.text for choice in mine) == "hellohell"
        assert [choice.finish_reason for choice in mine if choice.finish_reason] == ["length"]
    assert numbers.choices == [] and numbers.usage is not None
    assert (numbers.usage.prompt_tokens, numbers.usage.completion_tokens) == (5, 8)


def test_the_best_of_several_and_all_their_tokens(client: openai.OpenAI) -> None:
    asked: Any = {"model": "small", "prompt": "hi", "max_tokens": 6, "temperature": 2, "seed": 5, "logprobs": 0}
    every = client.completions.create(**asked, n=4)
    best = client.completions.create(**asked, n=2, best_of=4)

    def likelihood(choice: Any) -> float:
        known: list[float] = choice.logprobs.token_logprobs
        return sum(known) / len(known)

    ranked = sorted(every.choices, key=likelihood, reverse=True)
    assert [choice.text for choice in best.choices] == [choice.text for choice in ranked[:2]]
    assert best.usage == every.usage and len({choice.text for choice in every.choices}) > 1


def test_likely_tokens(client: openai.OpenAI) -> None:
    asked: Any = {"model": "small", "prompt": "hi", "max_tokens": 8, "logprobs": 2}
    [choice] = client.completions.create(**asked).choices
    told = choice.logprobs
    assert told is not None and told.tokens and told.token_logprobs and told.top_logprobs and told.text_offset
    assert "".join(told.tokens) == choice.text
    assert told.text_offset == [len("".join(told.tokens[:place])) for place in range(len(told.tokens))]
    for logprob, tops in zip(told.token_logprobs, told.top_logprobs, strict=True):
        assert logprob == pytest.approx(max(tops.values())) and 1 <= len(tops) <= 3
    joined: dict[str, list[Any]] = {"tokens": [], "token_logprobs": [], "text_offset": []}
    for chunk in client.completions.create(**asked, stream=True):
        for name in joined:
            joined[name] += getattr(chunk.choices[0].logprobs, name, ())
    assert joined == {name: getattr(told, name) for name in joined}


def test_stop_strings(client: openai.OpenAI) -> None:
    asked: Any = {"model": "echo", "prompt": "one two three"}
    reply = client.completions.create(**asked, stop=["thr", " tw"])
    assert (reply.choices[0].text, reply.choices[0].finish_reason) == ("one", "stop")
    assert client.completions.create(**asked, stop=[]).choices[0].text == "one two three"

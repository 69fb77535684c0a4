"""`huggingface_hub`'s `text_generation`, sync and async, with streams and details, against tiny models on a port."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import GenerationError, IncompleteGenerationError, ValidationError

from serve_app.config.schema import Limits, Model
from tests import tiny_models
from tests.ingress.listening import listening
from tests.ingress.service import stub
from tests.served_model import ServedModel

PROMPT = "the cat sleeps on the sofa 👩‍👩‍👧 é"
ASKED = {"max_new_tokens": 12, "return_full_text": False}
TASKS = {"text-generation": "gpt2", "text2text-generation": "t5"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny_models.Folders(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def url(folders: dict[str, Path]) -> Iterator[str]:
    models = [
        Model(name=task, hf_model_name=str(folders[folder]), hf_task=task, resources={"num_threads": 1})
        for task, folder in TASKS.items()
    ]
    slow = stub("slow", "generation", engine_options={"step_s": 0.02}, limits=Limits(timeout_s=0.3))
    with listening(*models, slow, stub("fast", "generation")) as address:
        yield f"{address}/models"


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> dict[str, str]:
    """What the models write, as one call of each says."""
    told = {}
    for task, folder in TASKS.items():
        asked = ASKED if task == "text-generation" else {"max_new_tokens": 12}
        [told[task]] = ServedModel(folders[folder], task).predict([PROMPT], **asked)
    assert all(text.strip() for text in told.values())
    return told


def asked_of(task: str) -> dict[str, Any]:
    return ASKED if task == "text-generation" else {"max_new_tokens": 12}


@pytest.mark.parametrize("task", TASKS)
def test_pieces_make_the_text(task: str, url: str, expected: dict[str, str]) -> None:
    client = InferenceClient(f"{url}/{task}")
    assert "".join(client.text_generation(PROMPT, stream=True, **asked_of(task))) == expected[task]


async def test_pieces_make_the_text_for_the_other_client(url: str, expected: dict[str, str]) -> None:
    async with AsyncInferenceClient(f"{url}/text-generation") as client:
        pieces = [piece async for piece in await client.text_generation(PROMPT, stream=True, **ASKED)]
    assert len(pieces) == 12
    assert "".join(pieces) == expected["text-generation"]


def test_details_of_a_stream_are_those_of_the_whole(url: str, expected: dict[str, str]) -> None:
    client, text = InferenceClient(f"{url}/text-generation"), expected["text-generation"]
    asked: dict[str, Any] = {**ASKED, "details": True, "top_n_tokens": 2}
    whole: Any = client.text_generation(PROMPT, **asked)
    assert whole.generated_text == text
    details, tokens = whole.details, whole.details.tokens
    assert (details.finish_reason, details.generated_tokens, details.seed) == ("length", 12, None)
    assert (details.prefill, details.best_of_sequences) == ([], None)
    assert "".join(token.text for token in tokens) == text
    assert all(token.logprob < 0 for token in tokens)
    # The client leaves lists of lists as they came. A greedy choice is the likeliest of its place.
    tops = [[top["id"] for top in each] for each in details.top_tokens]
    assert [(len(top), top[0]) for top in tops] == [(2, token.id) for token in tokens]

    events: list[Any] = list(client.text_generation(PROMPT, stream=True, **asked))
    assert [event.index for event in events] == list(range(1, 13))
    assert [(event.token.id, event.token.text) for event in events] == [(token.id, token.text) for token in tokens]
    logprobs = [token.logprob for token in tokens]
    assert [event.token.logprob for event in events] == pytest.approx(logprobs, abs=1e-4)
    assert [[top.id for top in event.top_tokens] for event in events] == tops
    assert [event.generated_text for event in events] == [None] * 11 + [text]
    assert [event.details for event in events[:-1]] == [None] * 11
    last = events[-1].details
    assert (last.finish_reason, last.generated_tokens, last.seed) == ("length", 12, None)
    assert last.input_length > 0


async def test_details_of_the_other_client_and_a_seed(url: str) -> None:
    drawn: dict[str, Any] = {**ASKED, "do_sample": True, "seed": 11, "details": True}
    async with AsyncInferenceClient(f"{url}/text-generation") as client:
        whole: Any = await client.text_generation(PROMPT, **drawn)
        stream: Any = await client.text_generation(PROMPT, stream=True, **drawn)
        events = [event async for event in stream]
    assert whole.details.seed == events[-1].details.seed == 11
    assert [event.token.id for event in events] == [token.id for token in whole.details.tokens]
    assert events[-1].generated_text == whole.generated_text


def test_the_best_of_several_comes_first_and_the_others_beside_it(url: str) -> None:
    client = InferenceClient(f"{url}/text-generation")
    best: Any = client.text_generation(PROMPT, details=True, best_of=3, do_sample=True, seed=5, max_new_tokens=8)
    choices = [best.details, *best.details.best_of_sequences]
    means = [sum(token.logprob for token in choice.tokens) / len(choice.tokens) for choice in choices]
    assert means == sorted(means, reverse=True) and len(set(means)) == 3
    assert sorted(choice.seed for choice in choices) == [5, 6, 7]
    texts = [best.generated_text, *(choice.generated_text for choice in best.details.best_of_sequences)]
    for text, choice in zip(texts, choices, strict=True):
        assert text == PROMPT + "".join(token.text for token in choice.tokens)


def test_a_stop_string_ends_the_text_before_it(url: str) -> None:
    asked: dict[str, Any] = {"details": True, "stop": ["de"], "return_full_text": False}
    client = InferenceClient(f"{url}/fast")
    events: list[Any] = list(client.text_generation("abcdef", stream=True, **asked))
    assert "".join(event.token.text for event in events) == events[-1].generated_text == "abc"
    assert events[-1].details.finish_reason == "stop_sequence"


def test_faults_arrive_as_the_client_s_own_exceptions(url: str) -> None:
    with pytest.raises(ValidationError, match="must be less than or equal to 1"):
        InferenceClient(f"{url}/fast").text_generation("a", top_p=1.5)
    for stream, path in ((False, "generate"), (True, "generate_stream")):
        with pytest.raises(ValidationError, match="max_new_tokens asks for 9999"):
            InferenceClient(f"{url}/fast/{path}").text_generation("a", max_new_tokens=9999, stream=stream)
    with pytest.raises(GenerationError, match="the model failed on this input"):
        InferenceClient(f"{url}/fast/generate_stream").text_generation("[fail]", stream=True)
    heard, slow = [], InferenceClient(f"{url}/slow")
    with pytest.raises(IncompleteGenerationError, match=r"the time was over|no answer within"):
        for piece in slow.text_generation("x" * 100, max_new_tokens=100, stream=True):
            heard.append(piece)
    assert 2 < len(heard) < 30


def test_who_stops_reading_is_let_go(url: str) -> None:
    client = InferenceClient(f"{url}/fast")
    for _ in range(3):
        stream = client.text_generation("y" * 2000, max_new_tokens=2000, stream=True)
        assert next(iter(stream)) == "y"
        del stream
    assert client.text_generation("ab", return_full_text=False) == "ab"

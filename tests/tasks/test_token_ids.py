"""Prompts that come as the ids of their tokens, and numbers of tokens without the tokens."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import InvalidInput
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.sampling import sampling_of
from serve_app.tasks.text.settings import Limits
from serve_app.tasks.text_generation import TextGeneration
from tests.served_model import ServedModel

TEXT = "the cat sleeps"
INPUT: TypeAdapter[Any] = TypeAdapter(TextGeneration.Input)


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["gpt2"], "text-generation")


def test_ids_are_the_text_that_they_stand_for(served: ServedModel) -> None:
    ids = served.kit.tokenizer(TEXT)["input_ids"]
    told = served.predict_each([TEXT, {"token_ids": ids}, TEXT, {"token_ids": ids[:1]}], [{"max_new_tokens": 5}] * 4)
    assert told[1] == told[0] == told[2] and told[0].startswith(TEXT)
    assert told[3].startswith(served.kit.tokenizer.decode(ids[:1])) and told[3] != told[0]
    [new] = served.predict([{"token_ids": ids}], max_new_tokens=5, return_full_text=False)
    assert TEXT + new == told[0]


def test_ids_that_the_model_has_not(served: ServedModel) -> None:
    size = served.kit.config["vocab_size"]
    with pytest.raises(InvalidInput, match=f"the model's token ids go from 0 to {size - 1}") as raised:
        served.predict([{"token_ids": [0, size]}])
    assert raised.value.field == "token_ids"
    with pytest.raises(InvalidInput) as raised:
        served.predict([TEXT], logit_bias={str(size): 1.0})
    assert raised.value.field == "logit_bias"


@pytest.mark.parametrize("ids", [[], ["1"], [1.5], [True], [-1], [2**31], [None], "1", None, [[1]]])
def test_what_ids_are_not(ids: object) -> None:
    with pytest.raises(ValidationError):
        INPUT.validate_python({"token_ids": ids})


def test_counts_leave_the_quick_path_open(served: ServedModel) -> None:
    def sampling(**given: object) -> bool:
        params = GenerationParams.model_validate(given)
        return sampling_of(params, {}, Limits(0, 5), served.kit, None)[0].plain

    assert sampling() and sampling(details="counts") and not sampling(details=True)

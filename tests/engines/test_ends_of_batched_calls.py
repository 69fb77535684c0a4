"""In batched calls the tokens that end an answer are the request's own, whatever the model's files say."""

from pathlib import Path
from typing import Any

import pytest

from tests.served_model import ServedModel, write

END = 1


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["t5"], "seq2seq")


def details_of(served: ServedModel, **params: Any) -> dict[str, Any]:
    items = served.items(["hello world"], [{"details": True, "max_new_tokens": 9, **params}])
    [(_, done)] = write(served.task, items, served.rows(items), served.kit, served.engine)
    details: dict[str, Any] = done.output["details"]
    return details


def ended(served: ServedModel, **params: Any) -> tuple[str, int]:
    details = details_of(served, **params)
    return details["finish_reason"], details["generated_tokens"]


def test_the_models_own_end_is_no_end_where_others_are_asked_for(served: ServedModel) -> None:
    loved: dict[str, Any] = {"logit_bias": {str(END): 100.0}}
    assert ended(served, **loved) == ("eos_token", 1)
    assert ended(served, **loved, ignore_eos=True) == ("length", 9)
    assert ended(served, **loved, eos_token_id=7) == ("length", 9)


def test_beams_go_on_where_ends_are_ignored(served: ServedModel) -> None:
    written = [token["id"] for token in details_of(served, num_beams=2)["tokens"]]
    assert len(written) == 9
    ends = {"num_beams": 2, "eos_token_id": written[:3]}
    assert ended(served, **ends)[0] == "eos_token"
    assert ended(served, **ends, ignore_eos=True) == ("length", 9)
    assert [token["id"] for token in details_of(served, num_beams=2, eos_token_id=END)["tokens"]] == written

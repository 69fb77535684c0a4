"""A prompt that comes as the ids of its tokens."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, FailFast, Field, Strict
from typing_extensions import TypedDict

from serve_app.errors import InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.encoding import decode

FIELD = "token_ids"
TokenId = Annotated[int, Field(ge=0, lt=2**31)]


class TokenIds(TypedDict):
    """Nothing is put in front of them and nothing behind."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    # A million faults would take seconds to tell of: the first one is enough.
    token_ids: Annotated[list[TokenId], Strict(), FailFast(), Field(min_length=1, max_length=1_000_000)]


def are_ids(value: Any) -> bool:
    """Whether an input is of this kind."""
    return isinstance(value, dict) and FIELD in value


def known_ids(value: Mapping[str, Any], kit: Kit) -> list[int]:
    """The ids, all of which the model has."""
    ids: list[int] = value[FIELD]
    size = kit.config.get("vocab_size")
    if size is not None and max(ids) >= size:
        raise InvalidInput(f"the model's token ids go from 0 to {size - 1}", FIELD)
    return list(ids)


def text_of(value: Mapping[str, Any], kit: Kit) -> str:
    return decode(kit.tokenizer, value[FIELD])

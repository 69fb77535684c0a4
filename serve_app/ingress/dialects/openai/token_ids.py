"""Texts that may as well come as the ids of their tokens, which in a body stand for the text itself."""

from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.entry import Entry

IDS = "token_ids"


def texts_or_ids(value: str | list[Any], field: str) -> Any:
    """One text or a list of them, as the task takes them."""
    if isinstance(value, str):
        return value
    if value and _is_id(value[0]):
        return {IDS: value}
    for index, each in enumerate(value):
        if not isinstance(each, str | list):
            raise InvalidInput(f"`{field}[{index}]` must be a string or a list of token ids", f"{field}[{index}]")
    return [{IDS: each} if isinstance(each, list) else each for each in value]


def checked(value: Any, entry: Entry, field: str) -> tuple[list[Any], bool]:
    """The inputs, or what is wrong with them as the caller wrote them."""
    try:
        return entry.inputs(value, field)
    except InvalidInput as error:
        if _holds_ids(value) and not _takes_ids(entry, field):
            raise InvalidInput(f"`{field}` must be text: this model takes no token ids", field) from None
        raise type(error)(_plain(error.message), _plain(error.field or field)) from None


def of_the_whole(error: AppError) -> AppError:
    """What is wrong with ids is wrong with the input."""
    return error if error.field != IDS else type(error)(error.message)


def _plain(words: str) -> str:
    return words.replace(f".{IDS}", "")


def _holds_ids(value: Any) -> bool:
    return any(isinstance(each, dict) for each in (value if isinstance(value, list) else [value]))


def _takes_ids(entry: Entry, field: str) -> bool:
    try:
        entry.inputs({IDS: [0]}, field)
    except InvalidInput:
        return False
    return True


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

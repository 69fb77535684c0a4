"""A question about an image: both become one row."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.pixels import pixel_rows, stack
from serve_app.tasks.text import encoding
from serve_app.tasks.text.input import Text
from serve_app.types import Item


class ImageQuestion(TypedDict):
    """A question, and the image that may hold its answer."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    question: Annotated[Text, Field(description="What is asked")]
    image: Image


def seen(items: Sequence[Item], kit: Kit, **settings: Any) -> list[list[Row] | Exception]:
    """The row of each item's image; what is wrong with one names its field."""
    rows = pixel_rows(items, kit, lambda item: item.input["image"], **settings)
    return [InvalidInput(each.message, "image") if isinstance(each, InvalidInput) else each for each in rows]


def asked(items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
    """The row of each item's image and question."""
    questions = encoding.encode(kit.tokenizer, [item.input["question"] for item in items])
    return [
        rows if isinstance(rows, Exception) else _with_question(rows[0], question, kit)
        for rows, question in zip(seen(items, kit), questions, strict=True)
    ]


def _with_question(row: Row, question: list[int], kit: Kit) -> list[Row] | Exception:
    try:
        text = encoding.row_of(question, kit, "question")
    except AppError as error:
        return error
    return [row._replace(arrays={**row.arrays, **text.arrays}, length=row.length + text.length)]


def collate(rows: Sequence[Row], kit: Kit) -> Arrays:
    """Rows with images of one shape; questions are padded to the longest."""
    images = [row._replace(arrays=_without_text(row)) for row in rows]
    texts: list[NDArray[np.int64]] = [row.arrays["input_ids"] for row in rows]
    mask = np.arange(max(map(len, texts))) < np.asarray([len(text) for text in texts])[:, None]
    return {
        **stack(images),
        "input_ids": kit.pad("input_ids", texts),
        "attention_mask": mask.astype(np.int64),
    }


def _without_text(row: Row) -> Arrays:
    return {name: array for name, array in row.arrays.items() if name != "input_ids"}

"""A question and a long context become rows that a model can take: windows that overlap, each with the question."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.frames import Frame, Ids

Places = NDArray[np.int64]

QUESTION_TOKENS = 64
WINDOW_TOKENS = 384
WINDOW_OVERLAP = 128
# So that one small body cannot ask for a million rows.
MOST_WINDOWS = 1000


class Window(NamedTuple):
    """A row, where in it the special tokens and a part of the context stand, and which of the context's tokens."""

    row: Row
    special: Places
    in_row: Places
    of_context: slice


def cut_question(question: Sequence[int], limit: int | None) -> Sequence[int]:
    """Cut when asked to; else a long question is an error, because half of it asks for something else."""
    if limit is None and len(question) > QUESTION_TOKENS:
        raise InputTooLong(
            f"the question has {len(question)} tokens and may have {QUESTION_TOKENS}: "
            "shorten it, or set max_question_len",
            "question",
        )
    return question[:limit]


def read(
    question: Sequence[int], context: Sequence[int], size: int | None, overlap: int | None, frame: Frame, kit: Kit
) -> list[Window]:
    """Windows of `size` tokens over the context; the errors name what the caller knows as a parameter."""
    if size is not None and size > kit.max_input_tokens:
        raise InvalidInput(f"max_seq_len is {size} and the model takes {kit.max_input_tokens} tokens", "max_seq_len")
    size = size or min(WINDOW_TOKENS, kit.max_input_tokens)
    room = size - frame.size - len(question)
    if room < 1:
        raise InputTooLong(
            f"the question has {len(question)} tokens, which with {frame.size} special ones leave no room "
            f"for the context in a window of {size}",
            "question",
        )
    if overlap is not None and overlap >= room:
        raise InvalidInput(
            f"doc_stride is {overlap}, and must be below the {room} tokens that a window of {size} has for the context",
            "doc_stride",
        )
    if overlap is None:
        # A quarter of the room is always new, so that a long question does not multiply the windows.
        overlap = min(WINDOW_OVERLAP, size // 2, room * 3 // 4)
    step, tokens = room - overlap, len(context)
    count = 1 + max(0, -(-(tokens - room) // step))
    if count > MOST_WINDOWS:
        raise InputTooLong(
            f"the context has {tokens} tokens, which make {count} windows and may make {MOST_WINDOWS}: "
            "shorten it, or set a smaller doc_stride or a larger max_seq_len",
            "context",
        )
    # Models whose tokenizers pad on the left were trained with the context in front.
    ahead = getattr(kit.tokenizer, "padding_side", "right") == "left"
    stretches = (slice(start, min(start + room, tokens)) for start in range(0, count * step, step))
    ids: Ids = np.asarray(context, dtype=np.int32)
    return [_window(question, ids, stretch, ahead, frame) for stretch in stretches]


def _window(question: Sequence[int], context: Ids, stretch: slice, ahead: bool, frame: Frame) -> Window:
    part, asked = context[stretch], np.asarray(question, dtype=np.int32)
    texts = (part, asked) if ahead else (asked, part)
    row = frame.row(*texts)
    in_row = [
        np.arange(begin, begin + len(text)) for begin, text in zip(frame.begins(len(texts[0])), texts, strict=True)
    ]
    special = np.delete(np.arange(row.length), np.concatenate(in_row))
    return Window(row, special, in_row[0 if ahead else 1], stretch)

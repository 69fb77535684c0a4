"""The tokens of a response: how many there were, and how likely those of what is said."""

from collections.abc import Sequence
from typing import Any

from serve_app.ingress.dialects.openai import logprobs
from serve_app.ingress.dialects.openai.replies import Choice
from serve_app.types import Chunk, Written


def is_cut(choice: Choice) -> bool:
    return bool(choice["finish_reason"] == "length")


def usage_of(choice: Choice) -> dict[str, Any]:
    """What was read and written, and how much of it was thought."""
    read, written = choice["input_length"], choice["generated_tokens"]
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": choice["reasoning_tokens"]},
        "total_tokens": read + written,
    }


def shown(tokens: Sequence[Written]) -> list[Any]:
    told: list[Any] = logprobs.of_chat(tokens)["content"]
    return told


class Saying:
    """Tells the tokens of what is said from those of the thoughts before it and of the calls behind."""

    def __init__(self) -> None:
        self._thought = self._said = self._place = 0

    def of(self, chunk: Chunk) -> list[Written]:
        """Those of the chunk's tokens that belong to what is said so far."""
        if chunk.part == "reasoning":
            self._thought += len(chunk.text)
        else:
            self._said += len(chunk.text)
        begin, end = self._thought, self._thought + self._said
        told = []
        for token in chunk.tokens:
            last = self._place + len(token.text)
            # A mark behind the thoughts shows no more than the first part of a character does.
            if (last > begin or not begin) and self._place < end:
                told.append(token)
            self._place = last
        return told


def saying(choice: Choice) -> list[Written]:
    """The tokens of what a whole answer says."""
    message, tokens = choice["message"], Saying()
    tokens.of(Chunk(message["reasoning_content"] or "", part="reasoning"))
    return tokens.of(Chunk(message["content"], tuple(logprobs.tokens_of(choice))))

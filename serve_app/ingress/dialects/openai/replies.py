"""The parts that OpenAI's replies and stream events have in common."""

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Choice = Mapping[str, Any]
"""One answer as the task's details tell of it."""


class Head(NamedTuple):
    """What every event of one answer begins with."""

    id: str
    created: int
    model: str
    system_fingerprint: str

    def of(self, kind: str) -> dict[str, Any]:
        """The beginning of an object of this kind."""
        return {"id": self.id, "object": kind, **{name: getattr(self, name) for name in self._fields[1:]}}


def new_head(prefix: str, model: str, fingerprint: str) -> Head:
    return Head(f"{prefix}-{secrets.token_hex(12)}", int(time.time()), model, fingerprint)


def new_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def finish_of(choice: Choice, calls: bool = False) -> str:
    """Why an answer ended."""
    if choice["finish_reason"] == "length":
        return "length"
    return "tool_calls" if calls else "stop"


def usage_of(answers: Iterable[Choice]) -> dict[str, int]:
    """The tokens of prompts and of everything that was written to them, from each prompt's details."""
    read = written = 0
    for details in answers:
        read += details["input_length"]
        written += sum(choice["generated_tokens"] for choice in details["choices"])
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

"""The voices of a model that speaks, by their numbers."""

from typing import Annotated

from pydantic import Field

from serve_app.errors import InvalidInput
from serve_app.tasks.kit import Kit

Voice = Annotated[int, Field(ge=0, le=1_000_000)] | Annotated[str, Field(min_length=1, max_length=100)]


def speaker_of(voice: int | str | None, kit: Kit) -> int | None:
    """The number that the model is told, or `InvalidInput` with the voices that there are; None where it has one."""
    count = int(kit.whole_config.get("num_speakers") or 1)
    number = int(voice or 0) if isinstance(voice, int | None) or voice.isdecimal() else -1
    if not 0 <= number < count:
        voices = "a single voice, 0: leave it out" if count == 1 else f"the voices 0 to {count - 1}"
        raise InvalidInput(f"the model has {voices}", "voice")
    return number if count > 1 else None

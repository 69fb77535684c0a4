"""What a kind of model that listens and then writes must know: its rows, its call, and its last step."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput
from serve_app.tasks.base import Arrays, Engine, Gone, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.sounds import Samples
from serve_app.tasks.media.writing_params import SEARCH
from serve_app.tasks.speech.recognition_params import RecognitionParams
from serve_app.tasks.speech.transcript import Transcript

DEFAULT_NEW_TOKENS = 256
_AT_ONCE = 8


class Listener(ABC):
    """One kind of model; the parts of a row are the first axis of its arrays."""

    @abstractmethod
    def row(self, sound: Samples, params: RecognitionParams, kit: Kit) -> Row:
        """All parts of a sound, or `InvalidInput` where the model cannot do what is asked."""

    def at_once(self, params: RecognitionParams) -> int:
        """How many parts share a call. Override where that depends on what is asked."""
        return _AT_ONCE

    @abstractmethod
    def write(
        self, parts: Sequence[Arrays], params: RecognitionParams, kit: Kit, engine: Engine, gone: Gone
    ) -> list[dict[str, Any]]:
        """What the model writes of each part."""

    @abstractmethod
    def transcript(
        self, row: Row, written: Sequence[dict[str, Any]], params: RecognitionParams, kit: Kit
    ) -> Transcript:
        """The answer, from all parts of a sound."""


def refuse(params: RecognitionParams, *names: str) -> None:
    """Whatever this kind of model cannot follow."""
    for name in names:
        if getattr(params, name) not in (None, False):
            raise InvalidInput("this model cannot follow this: leave it out", name)


def search_of(params: RecognitionParams, kit: Kit) -> dict[str, Any]:
    """What the request says over what the model's own settings say, of which those about draws do not count."""
    own = {name: kit.generation[name] for name in SEARCH if kit.generation.get(name) is not None}
    return {**own, **params.search}


def new_tokens(params: RecognitionParams, kit: Kit, room: int) -> int:
    """As many as are asked for, or as the model itself says, and as there is room for."""
    if params.at_most is not None:
        if params.at_most > room:
            name = "max_length" if params.max_new_tokens is None else "max_new_tokens"
            raise InvalidInput(f"the model writes at most {room} tokens at once", name)
        return params.at_most
    own = kit.generation.get("max_new_tokens") or kit.generation.get("max_length") or DEFAULT_NEW_TOKENS
    return min(int(own), room)


def together(parts: Sequence[Arrays]) -> Arrays:
    """The parts as a batch; what is shorter ends in zeros, in its mask too."""
    return {name: _padded([part[name] for part in parts]) for name in parts[0]}


def _padded(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    longest = max(array.shape[-1] for array in arrays)
    batch = np.zeros((len(arrays), *arrays[0].shape[:-1], longest), dtype=arrays[0].dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[..., : array.shape[-1]] = array
    return batch

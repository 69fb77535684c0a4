"""The stub's image processor and feature extractor: what they make depends on the pixels and samples alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.replica.engines.stub_processing import StubProcessing

_SIDE = 4
_LOUDEST = 127
_NUMBERS = 64


class StubImageProcessor(StubProcessing):
    """Every image becomes sixteen grey pixels."""

    size = {"longest_edge": _SIDE}

    def __call__(self, images: Sequence[Any], **settings: Any) -> dict[str, list[NDArray[Any]]]:
        small = [np.asarray(image.convert("L").resize((_SIDE, _SIDE)), dtype=np.float32) for image in images]
        return {"pixel_values": [pixels[None] for pixels in small]}


class StubProcessor:
    """Every image becomes sixteen tokens where its mark stands, and its pixels go beside them."""

    image_token = "<image>"

    def __init__(self, image_processor: StubImageProcessor) -> None:
        self._image_processor = image_processor

    def __call__(
        self, text: Sequence[str], images: Sequence[Sequence[Any]] | None, **settings: Any
    ) -> dict[str, list[Any]]:
        [first], [shown] = text, images or [()]
        made = self._image_processor(shown)
        before, *after = first.split(self.image_token)
        ids = list(before.encode())
        for pixels, words in zip(made["pixel_values"], after, strict=True):
            ids += [*pixels.astype(int).ravel().tolist(), *words.encode()]
        return {"input_ids": [ids], **(made if shown else {})}


class StubFeatureExtractor:
    """Every hundred samples become one number, and every sound as many of them."""

    sampling_rate = 16_000

    def __call__(self, sounds: Sequence[NDArray[Any]], **settings: Any) -> dict[str, list[NDArray[Any]]]:
        return {"input_values": [_loudness(sound) for sound in sounds]}


def _loudness(sound: NDArray[Any]) -> NDArray[np.float32]:
    numbers = np.zeros(_NUMBERS, dtype=np.float32)
    heard = np.round(_LOUDEST * np.abs(sound[::100]))[:_NUMBERS]
    numbers[: len(heard)] = heard
    return numbers

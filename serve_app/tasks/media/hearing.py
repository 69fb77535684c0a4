"""Sounds become rows: each is decoded by itself, and those of one length go through the feature extractor together."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Row
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.sounds import Samples, decode_sound
from serve_app.types import Item

FRAMES_PER_SECOND = 50
"""A frame of a sound costs about as much as a token."""
_TOGETHER = 32
"""Sounds in one call of the extractor, which needs some fifteen megabytes for each half minute."""
SHORT_S = 0.1
"""Where models that look at stretches of a sound may find none."""
# Their mask keeps padding out of every step, where their first layers look at each frame by itself.
_MASKED = frozenset({"wav2vec2", "hubert", "wavlm", "unispeech", "unispeech-sat"})


def decoded(items: Sequence[Item], kit: Kit) -> list[Samples | Exception]:
    """Each item's samples at the model's own rate; a broken sound gets its error instead."""
    return [_decoded(item.input, kit) for item in items]


def sound_rows(items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
    """One row for each item's sound."""
    sounds = decoded(items, kit)
    rows = iter(rows_of([sound for sound in sounds if not isinstance(sound, Exception)], kit))
    return [sound if isinstance(sound, Exception) else [next(rows)] for sound in sounds]


def rows_of(sounds: Sequence[Samples], kit: Kit, **settings: Any) -> list[Row]:
    """A row for each sound; they share a forward where that does not change what the model hears."""
    made = features(sounds, kit, **settings)
    return [
        Row(arrays, length_of(len(sound), kit), group=company(arrays, kit), about=len(sound))
        for sound, arrays in zip(sounds, made, strict=True)
    ]


def features(sounds: Sequence[Samples], kit: Kit, **settings: Any) -> list[Arrays]:
    """What the extractor makes of each; only sounds of one length are sure to be left without padding."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, sound in enumerate(sounds):
        places[len(sound)].append(place)
    made: dict[int, Arrays] = {}
    for together in (
        each[start : start + _TOGETHER] for each in places.values() for start in range(0, len(each), _TOGETHER)
    ):
        named = _extracted([sounds[place] for place in together], kit, settings)
        for number, place in enumerate(together):
            made[place] = {name: np.asarray(values[number]) for name, values in named.items()}
    return [made[place] for place in range(len(sounds))]


def _extracted(sounds: Sequence[Samples], kit: Kit, settings: Mapping[str, Any]) -> Any:
    """Of sounds of one length."""
    rate = kit.feature_extractor.sampling_rate
    try:
        return kit.feature_extractor(list(sounds), sampling_rate=rate, **settings)
    except ValueError as error:
        if len(sounds[0]) > rate * SHORT_S:
            raise
        raise too_short(sounds[0], rate) from error


def company(arrays: Arrays, kit: Kit) -> Hashable:
    """Rows with equal values may share a forward: those of one shape, or all where a mask hides the padding."""
    config = kit.whole_config
    hidden = (
        "attention_mask" in arrays
        and config.get("model_type") in _MASKED
        and config.get("feat_extract_norm") == "layer"
        and not config.get("add_adapter")
    )
    return None if hidden else tuple(array.shape for array in arrays.values())


def collate(rows: Sequence[Row]) -> Arrays:
    """The rows as a batch; what is shorter ends in zeros, in its mask too."""
    return {name: _padded([row.arrays[name] for row in rows]) for name in rows[0].arrays}


def length_of(samples: int, kit: Kit) -> int:
    """What a sound costs, in frames."""
    rate: int = kit.feature_extractor.sampling_rate
    return max(1, round(FRAMES_PER_SECOND * samples / rate))


def frames_of(samples: int, config: Mapping[str, Any]) -> int:
    """How many frames a model that listens to the samples themselves makes of so many."""
    for kernel, stride in zip(config.get("conv_kernel") or (), config.get("conv_stride") or (), strict=True):
        samples = (samples - kernel) // stride + 1 if samples >= kernel else 0
    return samples


def _decoded(data: Any, kit: Kit) -> Samples | Exception:
    try:
        rate = kit.feature_extractor.sampling_rate
        sound = decode_sound(data, rate, kit.max_sound_s)
        if not frames_of(len(sound), kit.whole_config):
            raise too_short(sound, rate)
        return sound
    except AppError as error:
        return error


def too_short(sound: Samples, rate: int) -> InvalidInput:
    """What is said of a sound in which such a model hears nothing at all."""
    return InvalidInput(f"the sound lasts {len(sound) / rate:.3f} s, which is too short for this model")


def _padded(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    longest = max(arrays, key=len)
    batch = np.zeros((len(arrays), *longest.shape), dtype=longest.dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[: len(array)] = array
    return batch

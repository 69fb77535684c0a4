"""Answers of several clients, made comparable."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.javascript import File


def plain(value: Any) -> Any:
    """Dataclasses, arrays and tuples as what they hold; the client's objects have fields that nobody sent."""
    match value:
        case File():
            return plain(value.data)
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {name: plain(part) for name, part in value.items() if part is not None}
        case np.ndarray():
            return value.tolist()
        case list() | tuple():
            return [plain(part) for part in value]
    return pixels_of(value) if hasattr(value, "getbands") else value


def pixels_of(picture: Any) -> dict[str, Any]:
    """A picture as what can be seen of it."""
    return {"mode": picture.mode, "size": list(picture.size), "pixels": base64.b64encode(picture.tobytes()).decode()}


def near(told: Any, expected: Any) -> bool:
    """The same in everything but the last digits of numbers."""
    if isinstance(expected, float):
        return isinstance(told, float | int) and abs(told - expected) < 1e-5
    if isinstance(expected, dict):
        return (
            isinstance(told, dict)
            and told.keys() == expected.keys()
            and all(near(told[name], expected[name]) for name in expected)
        )
    if isinstance(expected, list):
        return isinstance(told, list) and len(told) == len(expected) and all(map(near, told, expected))
    return bool(told == expected)

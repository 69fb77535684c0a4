"""Parameters that stand in an object of their own, and mean the same as those beside it."""

from collections.abc import Mapping, Sequence
from typing import Any


def spread(values: Mapping[str, Any], names: Sequence[str]) -> Mapping[str, Any]:
    """With what the objects of these names hold; what stands beside them goes first, and null is the same as absent."""
    while name := next((name for name in names if isinstance(values.get(name), Mapping)), None):
        given = {key: value for key, value in values[name].items() if value is not None}
        beside = {key: value for key, value in values.items() if key != name}
        values = {**given, **{key: value for key, value in beside.items() if value is not None or key not in given}}
    return values

"""The last step of an image processor: from a model's outputs to what they mean in the image as it was sent."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit


def has(kit: Kit, method: str) -> bool:
    """Whether this processor knows the step."""
    return hasattr(kit.image_processor, method)


def need(kit: Kit, task: str, method: str) -> None:
    """Refuse a model whose processor does not know the step."""
    if not has(kit, method):
        kind = type(kit.image_processor).__name__
        raise ModelCannotLoad(f"{task} needs an image processor with {method}, and this model's {kind} has none")


def last_step(kit: Kit, method: str, out: Mapping[str, NDArray[Any]], row: Row, **settings: Any) -> Any:
    """What the step makes of one row, scaled to its image; `about` of the row holds the image's width and height."""
    assert kit.post_process is not None
    width, height = row.about
    batch = {name: np.ascontiguousarray(array[None]) for name, array in out.items()}
    [result] = kit.post_process(method, batch, {"target_sizes": [(height, width)], **settings})
    return result

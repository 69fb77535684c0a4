"""What makes scores of a model's outputs; the last axis holds the labels."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import ModelFault

Scores = NDArray[Any]


def finite(logits: Scores) -> Scores:
    """The logits, or `ModelFault` when they are no numbers that could be put in order."""
    if not np.isfinite(logits).all():
        raise ModelFault("the model's scores for this input are not finite numbers")
    return logits


def softmax(logits: Scores) -> Scores:
    """Shares of one whole."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def sigmoid(logits: Scores) -> Scores:
    """Each by itself between 0 and 1; by way of tanh, which does not overflow."""
    return np.asarray((np.tanh(logits / 2) + 1) / 2)


FUNCTIONS: Mapping[str, Callable[[Scores], Scores]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "none": lambda logits: logits,
}

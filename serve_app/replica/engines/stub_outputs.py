"""What the stub answers in place of each class of model, from whole numbers so that company changes nothing."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.replica.engines.stub_tokenizer import MASK, PAD

HIDDEN = 8
VOCABULARY = MASK + 1

Hidden = NDArray[np.int64]
Compute = Callable[[Hidden], NDArray[Any]]
Cross = Callable[[Hidden, Hidden], NDArray[Any]]


def _of_text(hidden: Hidden) -> NDArray[Any]:
    """Two numbers for each row."""
    return np.asarray(hidden[:, :, :2].sum(axis=1) % 2000 / 1000)


def _of_each_text(hidden: Hidden, texts: Hidden) -> NDArray[Any]:
    """A number for each row with each text, of which there may be another number."""
    return np.asarray((hidden[:, :, 0].sum(axis=1)[:, None] + texts[:, :, 0].sum(axis=1)) % 2000 / 1000)


def _of_tokens(hidden: Hidden) -> NDArray[Any]:
    """Two numbers for each token."""
    return hidden[:, :, :2] / 500


def _of_square(hidden: Hidden) -> NDArray[Any]:
    """A number for each pixel of a square image."""
    side = math.isqrt(hidden.shape[1])
    return hidden[:, : side * side, 0].reshape(len(hidden), side, side) / 500


def _of_vocabulary(hidden: Hidden) -> NDArray[Any]:
    """A number for each word at each place, led by the text so far."""
    return (hidden.cumsum(axis=1)[:, :, :1] + np.arange(VOCABULARY) * 37) % 5000 / 500


LABELS = ("NEGATIVE", "POSITIVE")
# By the name of a task that cannot do with these.
OTHER_LABELS: Mapping[str, tuple[str, ...]] = {"rerank": ("RELEVANCE",)}
_STRETCHES: Mapping[str, Compute] = {
    "start_logits": lambda hidden: hidden[:, :, 0] / 500,
    "end_logits": lambda hidden: hidden[:, :, 1] / 500,
}
_OBJECTS: Mapping[str, Compute] = {
    "logits": _of_tokens,
    "pred_boxes": lambda hidden: np.abs(hidden[:, :, 2:6]) / 1000,
}
# By the transformers class that a task asks for, or by the name of a task that wants others.
OUTPUTS: Mapping[str, Mapping[str, Compute]] = {
    "AutoModel": {"last_hidden_state": lambda hidden: hidden / 1000},
    "AutoModelForSequenceClassification": {"logits": _of_text},
    "rerank": {"logits": lambda hidden: _of_text(hidden)[:, :1]},
    "AutoModelForImageClassification": {"logits": _of_text},
    "AutoModelForVisualQuestionAnswering": {"logits": _of_text},
    "AutoModelForAudioClassification": {"logits": _of_text},
    "AutoModelForCTC": {"logits": _of_vocabulary},
    "AutoModelForObjectDetection": _OBJECTS,
    "AutoModelForZeroShotObjectDetection": _OBJECTS,
    "AutoModelForSemanticSegmentation": {
        "logits": lambda hidden: np.stack([_of_square(hidden), -_of_square(hidden)], 1)
    },
    "AutoModelForDepthEstimation": {"predicted_depth": _of_square},
    "AutoModelForMaskGeneration": {
        "pred_masks": lambda hidden: 100 * _of_square(hidden)[:, None, None],
        "iou_scores": lambda hidden: np.ones((len(hidden), 1, 1)),
    },
    "AutoModelForTokenClassification": {"logits": _of_tokens},
    "AutoModelForMaskedLM": {"logits": _of_vocabulary},
    "AutoModelForQuestionAnswering": _STRETCHES,
    "AutoModelForDocumentQuestionAnswering": _STRETCHES,
    "AutoModelForTableQuestionAnswering": {
        "logits": lambda hidden: hidden[:, :, 0] / 500,
        "logits_aggregation": lambda hidden: hidden[:, :, :4].sum(axis=1) % 2000 / 1000,
    },
}
# By the name of a task whose model compares each image or sound with each text.
CROSSED: Mapping[str, Mapping[str, Cross]] = {
    "zero-shot-image-classification": {"logits_per_image": _of_each_text},
    "zero-shot-audio-classification": {"logits_per_audio": _of_each_text},
}


def painted(ids: NDArray[np.int64], settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """An image for each row, of a brightness that its own bytes add up to."""
    size = settings.get("height", HIDDEN), settings.get("width", HIDDEN)
    sums = [int(row[row < PAD - 1].sum()) % 256 for row in ids]
    return np.stack([np.full((*size, 3), brightness, dtype=np.uint8) for brightness in sums])

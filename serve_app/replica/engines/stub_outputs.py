"""What the stub answers in place of each class of model, from whole numbers so that company changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.replica.engines.stub_tokenizer import MASK

HIDDEN = 8
VOCABULARY = MASK + 1

Hidden = NDArray[np.int64]
Compute = Callable[[Hidden], NDArray[Any]]


def _of_text(hidden: Hidden) -> NDArray[Any]:
    """Two numbers for each row."""
    return np.asarray(hidden[:, :, :2].sum(axis=1) % 2000 / 1000)


def _of_tokens(hidden: Hidden) -> NDArray[Any]:
    """Two numbers for each token."""
    return hidden[:, :, :2] / 500


def _of_vocabulary(hidden: Hidden) -> NDArray[Any]:
    """A number for each word at each place, led by the text so far."""
    return (hidden.cumsum(axis=1)[:, :, :1] + np.arange(VOCABULARY) * 37) % 5000 / 500


LABELS = ("NEGATIVE", "POSITIVE")
# By the name of a task that cannot do with these.
OTHER_LABELS: Mapping[str, tuple[str, ...]] = {"rerank": ("RELEVANCE",)}
# By the transformers class that a task asks for, or by the name of a task that wants others.
OUTPUTS: Mapping[str, Mapping[str, Compute]] = {
    "AutoModel": {"last_hidden_state": lambda hidden: hidden / 1000},
    "AutoModelForSequenceClassification": {"logits": _of_text},
    "rerank": {"logits": lambda hidden: _of_text(hidden)[:, :1]},
    "AutoModelForTokenClassification": {"logits": _of_tokens},
    "AutoModelForMaskedLM": {"logits": _of_vocabulary},
    "AutoModelForQuestionAnswering": {
        "start_logits": lambda hidden: hidden[:, :, 0] / 500,
        "end_logits": lambda hidden: hidden[:, :, 1] / 500,
    },
    "AutoModelForTableQuestionAnswering": {
        "logits": lambda hidden: hidden[:, :, 0] / 500,
        "logits_aggregation": lambda hidden: hidden[:, :, :4].sum(axis=1) % 2000 / 1000,
    },
}

"""The labels that a classifier was trained for, each with its score."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from numpy.typing import NDArray
from pydantic import Field

from serve_app.tasks.base import Params
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.ranking import LabelScore, best
from serve_app.tasks.scoring.scores import FUNCTIONS, finite

BY_PROBLEM = {
    "regression": "none",
    "multi_label_classification": "sigmoid",
    "single_label_classification": "softmax",
}


class LabelParams(Params):
    """How scores are made and how many come back."""

    top_k: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Only so many labels, the best ones; all by default"
    )
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="What turns the model's outputs into scores; by default what the model was trained with"
    )


def labelled(logits: NDArray[Any], params: LabelParams, kit: Kit) -> list[LabelScore]:
    """The best labels first; `ModelFault` when the scores are no numbers."""
    by_count = "sigmoid" if len(finite(logits)) == 1 else "softmax"
    own = BY_PROBLEM.get(kit.config.get("problem_type") or "", by_count)
    scores = FUNCTIONS[params.function_to_apply or own](logits)
    labels: Mapping[Any, str] = kit.config.get("id2label") or {}
    return [{"label": label_of(labels, index), "score": float(scores[index])} for index in best(scores, params.top_k)]


def label_of(labels: Mapping[Any, str], index: int) -> str:
    """By its number, which JSON makes a string."""
    return labels.get(index) or labels.get(str(index)) or f"LABEL_{index}"

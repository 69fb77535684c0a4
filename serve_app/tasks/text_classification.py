"""Text classification: a score for each of the model's labels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, ModelFault
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.encoding import collate, cut, encode, row_of
from serve_app.tasks.text.input import Text
from serve_app.types import Item

Scores = NDArray[np.float32]


def _softmax(logits: Scores) -> Scores:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)


def _sigmoid(logits: Scores) -> Scores:
    # By way of tanh, which does not overflow.
    return np.asarray((np.tanh(logits / 2) + 1) / 2, dtype=np.float32)


FUNCTIONS: dict[str, Callable[[Scores], Scores]] = {
    "softmax": _softmax,
    "sigmoid": _sigmoid,
    "none": lambda logits: logits,
}
BY_PROBLEM = {
    "regression": "none",
    "multi_label_classification": "sigmoid",
    "single_label_classification": "softmax",
}


class ClassificationParams(Params):
    """How scores are made and how many come back."""

    top_k: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Only so many labels, the best ones; all by default"
    )
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="What turns the model's outputs into scores; by default what the model was trained with"
    )
    truncation: bool | None = Field(None, description="Cut an input that is too long, instead of an error")


class LabelScore(TypedDict):
    """One label and how likely it is."""

    label: str
    score: float


class TextClassification(RowTask):
    """One row for each text; labels come best first."""

    name = "text-classification"
    aliases = ("sentiment-analysis",)
    auto_model = "AutoModelForSequenceClassification"
    outputs = ("logits",)
    answer = "labels"
    listed = True
    Input = Text
    Params = ClassificationParams
    Output = list[LabelScore]

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        encoded = encode(kit.tokenizer, [item.input for item in items])
        return [self._row(item.params, ids, kit) for item, ids in zip(items, encoded, strict=True)]

    def _row(self, params: ClassificationParams, ids: list[int], kit: Kit) -> list[Row] | Exception:
        try:
            if params.truncation:
                ids = cut(ids, kit.max_input_tokens, kit.tokenizer, "right")
            return [row_of(ids, kit)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        logits = outs[0]["logits"]
        if not np.isfinite(logits).all():
            raise ModelFault("the model's scores for this input are not finite numbers")
        chosen = item.params.function_to_apply or _own_function(logits, kit)
        scores = FUNCTIONS[chosen](logits)
        best = np.argsort(-scores, kind="stable")[: item.params.top_k]
        labels = kit.config.get("id2label") or {}
        return [{"label": _label(labels, int(index)), "score": float(scores[index])} for index in best]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "What a wonderful day!", {}


def _own_function(logits: Scores, kit: Kit) -> str:
    by_count = "sigmoid" if len(logits) == 1 else "softmax"
    return BY_PROBLEM.get(kit.config.get("problem_type") or "", by_count)


def _label(labels: Mapping[Any, str], index: int) -> str:
    return labels.get(index) or labels.get(str(index)) or f"LABEL_{index}"

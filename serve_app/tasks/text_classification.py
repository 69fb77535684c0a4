"""Text classification: a score for each of the model's labels."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.cutting import Texts, cut, encode_each
from serve_app.tasks.text.encoding import collate
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import need_first_places, row_of_encoding
from serve_app.tasks.text.ranking import LabelScore, best
from serve_app.tasks.text.scores import FUNCTIONS, finite
from serve_app.types import Item

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
    truncation: bool | None = Field(
        None, description="Cut an input that is too long, instead of an error; of two texts the longer one"
    )


class TextPair(TypedDict):
    """Two texts that are judged together."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    text: Annotated[Text, Field(description="The first text")]
    text_pair: Annotated[Text, Field(description="The second text")]


class TextClassification(RowTask):
    """One row for each text or pair of texts; labels come best first.

    An input that is too long is refused with both numbers, or cut when the request says `truncation`.
    """

    name = "text-classification"
    aliases = ("sentiment-analysis",)
    auto_model = "AutoModelForSequenceClassification"
    outputs = ("logits",)
    answer = "labels"
    listed = True
    Input = either(Text, TextPair, lambda value: isinstance(value, dict))
    Params = ClassificationParams
    Output = list[LabelScore]

    def check(self, kit: Kit) -> None:
        need_first_places(kit, self.name)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        encodings = encode_each(kit.tokenizer, [_texts(item.input) for item in items])
        return [self._row(item.params, encoding, kit) for item, encoding in zip(items, encodings, strict=True)]

    def _row(self, params: ClassificationParams, encoding: Any, kit: Kit) -> list[Row] | Exception:
        try:
            if params.truncation:
                encoding = cut(encoding, kit.max_input_tokens)
            return [row_of_encoding(encoding, kit)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[LabelScore]:
        logits = finite(outs[0]["logits"])
        scores = FUNCTIONS[item.params.function_to_apply or _own_function(len(logits), kit)](logits)
        labels = kit.config.get("id2label") or {}
        return [
            {"label": _label(labels, index), "score": float(scores[index])} for index in best(scores, item.params.top_k)
        ]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "What a wonderful day!", {}


def _texts(given: str | TextPair) -> Texts:
    return given if isinstance(given, str) else (given["text"], given["text_pair"])


def _own_function(labels: int, kit: Kit) -> str:
    by_count = "sigmoid" if labels == 1 else "softmax"
    return BY_PROBLEM.get(kit.config.get("problem_type") or "", by_count)


def _label(labels: Mapping[Any, str], index: int) -> str:
    return labels.get(index) or labels.get(str(index)) or f"LABEL_{index}"

"""Text classification: a score for each of the model's labels."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError
from serve_app.tasks.base import Arrays, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.labels import LabelParams, labelled
from serve_app.tasks.scoring.ranking import LabelScore
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.cutting import Texts, cut, encode_each
from serve_app.tasks.text.encoding import collate
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import need_first_places, row_of_encoding
from serve_app.types import Item


class ClassificationParams(LabelParams):
    """How scores are made and how many come back."""

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
        return labelled(outs[0]["logits"], item.params, kit)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "What a wonderful day!", {}


def _texts(given: str | TextPair) -> Texts:
    return given if isinstance(given, str) else (given["text"], given["text_pair"])

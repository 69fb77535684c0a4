"""Token classification: the names, places and other entities in a text."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from serve_app.errors import AppError
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.scores import finite, softmax
from serve_app.tasks.text.entities import Entity, Token, found, settled
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import bare, need_places
from serve_app.tasks.text.placed_rows import PLACES, collate, placed_row, windows_of
from serve_app.tasks.text.subwords import Subwords
from serve_app.types import Item


class EntityParams(Params):
    """Which entities come back, and what happens to a text that is too long."""

    aggregation_strategy: Literal["none", "simple", "first", "average", "max"] | None = Field(
        None,
        description="How tokens become entities: none tells of each token, simple joins neighbours, first, average and "
        "max let the tokens of a word agree before; simple by default",
    )
    ignore_labels: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1000)] | None = Field(
        None, description="Labels that are left out; O by default"
    )
    stride: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None,
        description="Read a text that is too long in windows that share so many tokens, instead of an error; not with "
        "the strategy none",
    )
    truncation: bool | None = Field(
        None, description="Read only the beginning of a text that is too long, instead of an error; stride goes first"
    )

    @field_validator("stride")
    @classmethod
    def _windows_need_entities(cls, stride: int | None, others: ValidationInfo) -> int | None:
        if stride is not None and others.data.get("aggregation_strategy") == "none":
            raise ValueError("overlapping windows cannot be put together with the aggregation_strategy none")
        return stride


class TokenLabel(TypedDict):
    """What one token is."""

    entity: str
    score: float
    index: int
    word: str
    start: int
    end: int


class EntityGroup(TypedDict):
    """One entity; `text[start:end]` is its exact spelling."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


class TokenClassification(RowTask):
    """One row for each text.

    A text that is too long is an error with both numbers: what is read of it is the caller's choice. With `stride` it
    is read as a whole, a row for each window; with `truncation` as far as the model goes.
    """

    name = "token-classification"
    aliases = ("ner",)
    auto_model = "AutoModelForTokenClassification"
    outputs = ("logits",)
    answer = "entities"
    listed = False
    Input = Text
    Params = EntityParams
    Output = list[EntityGroup] | list[TokenLabel]

    def check(self, kit: Kit) -> None:
        need_places(kit, self.name)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        encodings = bare(kit.tokenizer, [item.input for item in items])
        return [self._rows(item.params, encoding, kit) for item, encoding in zip(items, encodings, strict=True)]

    def _rows(self, params: EntityParams, encoding: Any, kit: Kit) -> list[Row] | Exception:
        try:
            return [placed_row(window, kit) for window in windows_of(encoding, params.stride, params.truncation, kit)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[EntityGroup] | list[TokenLabel]:
        params: EntityParams = item.params
        strategy = params.aggregation_strategy or "simple"
        ignored = ("O",) if params.ignore_labels is None else params.ignore_labels
        subwords = Subwords(kit.tokenizer)
        entities: list[Entity] = []
        for row, out in zip(rows, outs, strict=True):
            logits = finite(out["logits"][row.arrays[PLACES][:, 0]])
            labels = _labels(kit, logits.shape[1])
            entities += found(_tokens(item.input, row, subwords), softmax(logits), labels, strategy, ignored, subwords)
        if strategy == "none":
            return [_token_label(entity) for entity in entities]
        return [_entity_group(entity) for entity in (settled(entities) if len(rows) > 1 else entities)]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "My name is Sarah and I live in London.", {}


def _tokens(text: str, row: Row, subwords: Subwords) -> list[Token]:
    places = row.arrays[PLACES]
    ids = row.arrays["input_ids"][places[:, 0]].tolist()
    return [
        Token(*subwords.part(text, id, start, end), position, start, end)
        for id, (position, start, end) in zip(ids, places.tolist(), strict=True)
    ]


def _labels(kit: Kit, count: int) -> list[str]:
    known = kit.config.get("id2label") or {}
    return [known.get(index) or known.get(str(index)) or f"LABEL_{index}" for index in range(count)]


def _token_label(entity: Entity) -> TokenLabel:
    return {
        "entity": entity.label,
        "score": entity.score,
        "index": entity.position,
        "word": entity.word,
        "start": entity.start,
        "end": entity.end,
    }


def _entity_group(entity: Entity) -> EntityGroup:
    return {
        "entity_group": entity.label,
        "score": entity.score,
        "word": entity.word,
        "start": entity.start,
        "end": entity.end,
    }

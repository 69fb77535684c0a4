"""Sentence similarity: how near each of some sentences lies to one of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError
from serve_app.tasks.base import Arrays, Params, Row, RowTask, floats
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.embedding import pooled, prompted, unit
from serve_app.tasks.text.encoding import collate, cut, encode, row_of
from serve_app.tasks.text.input import Text
from serve_app.types import Item

# The vectors of all their tokens are held until the last sentence is through the model.
MOST_SENTENCES = 256


class SimilarityParams(Params):
    """What is done to every sentence before it becomes a vector."""

    truncate: bool | None = Field(None, description="Cut sentences that are too long, instead of an error")
    truncation_direction: Literal["left", "right"] | None = Field(
        None, description="The side at which a long sentence is cut; right by default"
    )
    prompt_name: str | None = Field(
        None, max_length=200, description="Which of the model's own prompts to put before every sentence"
    )


class Sentences(TypedDict):
    """One sentence, and those that it is compared with."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    source_sentence: Annotated[Text, Field(description="The sentence that the others are compared with")]
    sentences: Annotated[
        list[Text], Field(min_length=1, max_length=MOST_SENTENCES, description="The sentences to compare with it")
    ]


class SentenceSimilarity(RowTask):
    """One row for each sentence; the answer is the cosine of its vector with the source's, in the caller's order.

    A sentence that is too long is refused by its place in the input, or cut when the request says `truncate`.
    """

    name = "sentence-similarity"
    auto_model = "AutoModel"
    outputs = ("last_hidden_state",)
    answer = "similarities"
    listed = False
    root_input = ("source_sentence", "sentences")
    Input = Sentences
    Params = SimilarityParams
    Output = list[float]

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        prepared = [self._texts(item, kit) for item in items]
        flat = [text for texts in prepared if isinstance(texts, list) for text in texts]
        encoded = iter(encode(kit.tokenizer, flat))
        return [
            self._rows(item.params, [next(encoded) for _ in texts], kit) if isinstance(texts, list) else texts
            for item, texts in zip(items, prepared, strict=True)
        ]

    def _texts(self, item: Item, kit: Kit) -> list[str] | Exception:
        try:
            texts = (item.input["source_sentence"], *item.input["sentences"])
            return [prompted(text, item.params.prompt_name, kit) for text in texts]
        except AppError as error:
            return error

    def _rows(self, params: SimilarityParams, encoded: list[list[int]], kit: Kit) -> list[Row] | Exception:
        side = params.truncation_direction or "right"
        fields = ("source_sentence", *(f"sentences[{index}]" for index in range(len(encoded) - 1)))
        if params.truncate:
            encoded = [cut(ids, kit.max_input_tokens, kit.tokenizer, side) for ids in encoded]
        try:
            return [row_of(ids, kit, field) for ids, field in zip(encoded, fields, strict=True)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> NDArray[np.float32]:
        vectors = unit(np.stack([pooled(out, row, None, kit) for out, row in zip(outs, rows, strict=True)]))
        return floats(vectors[1:] @ vectors[0])

    def example(self) -> tuple[Any, dict[str, Any]]:
        others = ["After dark the puppy conceals the rock.", "In winter the lawyer paints the vehicle."]
        return {"source_sentence": "The dog hides the stone at night.", "sentences": others}, {}

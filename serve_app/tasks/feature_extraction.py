"""Feature extraction: a text as a vector, or as one vector for each token."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Params, Row, RowTask, floats
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.embedding import pooled, prompted, unit
from serve_app.tasks.text.encoding import collate, cut, encode, row_of, shortened
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.token_ids import TokenIds, are_ids, known_ids
from serve_app.types import Item


class EmbeddingParams(Params):
    """How tokens become a vector; what is not given comes from the model's sentence-transformers files."""

    normalize: bool | None = Field(
        None, description="Scale vectors to length 1; by default as the model says, else not"
    )
    pooling: Literal["mean", "cls", "last", "max", "none"] | None = Field(
        None, description="How token vectors become one; none keeps them all; by default as the model says, else mean"
    )
    dimensions: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Keep so many of the first numbers, for models that were trained for it"
    )
    truncate: bool | None = Field(None, description="Cut an input that is too long, instead of an error")
    truncation_direction: Literal["left", "right"] | None = Field(
        None, description="The side at which a long input is cut; right by default"
    )
    prompt_name: str | None = Field(
        None, max_length=200, description="Which of the model's own prompts to put before the text"
    )
    encoding_format: Literal["float", "base64"] | None = Field(
        None, description="Taken for compatibility: numbers always come as numbers here"
    )


class FeatureExtraction(RowTask):
    """One row for each text; pooling happens on the way out, so all parameters share a forward."""

    name = "feature-extraction"
    aliases = ("embeddings",)
    auto_model = "AutoModel"
    outputs = ("last_hidden_state",)
    answer = "embedding"
    listed = False
    root_parameters = True
    Input = either(Text, TokenIds, lambda value: isinstance(value, dict))
    Params = EmbeddingParams
    Output = list[float] | list[list[float]]

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        read = [self._read(item, kit) for item in items]
        encoded = iter(encode(kit.tokenizer, [text for text in read if isinstance(text, str)]))
        return [
            self._row(item, next(encoded) if isinstance(each, str) else each, kit)
            for item, each in zip(items, read, strict=True)
        ]

    def _read(self, item: Item, kit: Kit) -> str | list[int] | Exception:
        wanted, size = item.params.dimensions, kit.config.get("hidden_size")
        if wanted is not None and size is not None and wanted > size:
            return InvalidInput(f"the model's vectors have {size} numbers", "dimensions")
        try:
            if not are_ids(item.input):
                return prompted(item.input, item.params.prompt_name, kit)
            if item.params.prompt_name is not None:
                return InvalidInput("a prompt goes before a text, and the input is token ids", "prompt_name")
            return known_ids(item.input, kit)
        except AppError as error:
            return error

    def _row(self, item: Item, ids: list[int] | Exception, kit: Kit) -> list[Row] | Exception:
        limit = kit.max_input_tokens
        side: Literal["left", "right"] = item.params.truncation_direction or "right"
        try:
            if isinstance(ids, Exception):
                return ids
            if item.params.truncate:
                ids = shortened(ids, limit, side) if are_ids(item.input) else cut(ids, limit, kit.tokenizer, side)
            return [row_of(ids, kit)]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> NDArray[np.float32]:
        params = item.params
        vectors = pooled(outs[0], rows[0], params.pooling, kit)[..., : params.dimensions]
        normalize = kit.sentence.get("normalize", False) if params.normalize is None else params.normalize
        return floats(unit(vectors) if normalize else vectors)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "What a wonderful day!", {}

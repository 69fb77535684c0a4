"""Rerank: texts in the order of how well they answer a query."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.ranking import best
from serve_app.tasks.scoring.scores import FUNCTIONS, finite
from serve_app.tasks.text.alternatives import either
from serve_app.tasks.text.embedding import prompted, spelled
from serve_app.tasks.text.encoding import collate, encode
from serve_app.tasks.text.frames import Frame
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import need_first_places, need_places
from serve_app.types import Item

Texts = Annotated[list[Text], Field(min_length=1, max_length=1000, description="The texts to put in order")]
# By the class of torch that a cross-encoder's files name.
ACTIVATIONS = {"Sigmoid": "sigmoid", "Identity": "none"}


class RerankParams(Params):
    """How texts are scored and what comes back of them."""

    top_n: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Only so many texts, the best ones; all by default"
    )
    return_text: bool | None = Field(None, description="Put each text beside its score")
    return_documents: bool | None = Field(None, description="The same as return_text")
    raw_scores: bool | None = Field(
        None,
        description="The model's numbers as they are, or else from 0 to 1; by default what the model's files say",
    )
    truncation: bool | None = Field(
        None, description="Cut texts that are too long, never the query, instead of an error"
    )
    truncation_direction: Literal["left", "right"] | None = Field(
        None, description="The side at which a long text is cut; right by default"
    )
    max_tokens_per_text: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Cut every text to so many tokens"
    )
    prompt_name: str | None = Field(
        None, max_length=200, description="Which of the model's own prompts to put before the query"
    )


class QueryTexts(TypedDict):
    """A query, and the texts that may answer it."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    query: Annotated[Text, Field(description="What is asked")]
    texts: Texts


class QueryDocuments(TypedDict):
    """The same in the other usual words."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    query: Annotated[Text, Field(description="What is asked")]
    documents: Texts


class Ranked(TypedDict):
    """A text by its place in the request, and how well it answers."""

    index: int
    score: float
    text: NotRequired[str]


class Rerank(RowTask):
    """One row for each pair of the query and a text; the best text comes first.

    A pair that is too long is refused by its text's place in the input, or its text is cut when the request says
    `truncation`. The query always stays whole.
    """

    name = "rerank"
    aliases = ("text-ranking",)
    auto_model = "AutoModelForSequenceClassification"
    outputs = ("logits",)
    answer = "results"
    listed = False
    Input = either(QueryTexts, QueryDocuments, lambda value: isinstance(value, dict) and "documents" in value)
    Params = RerankParams
    Output = list[Ranked]

    def check(self, kit: Kit) -> None:
        need_places(kit, self.name)
        need_first_places(kit, self.name)
        labels = len(kit.config.get("id2label") or {})
        if labels != 1:
            raise ModelCannotLoad(
                f"{self.name} needs a cross-encoder with one score for each pair, and this model has {labels} labels: "
                "correct hf_model_name, or set hf_task to text-classification and send pairs of texts"
            )
        if (named := _own_activation(kit)) not in ACTIVATIONS:
            raise ModelCannotLoad(
                f"the model makes its scores by {named}, which is not supported: {' and '.join(ACTIVATIONS)} are"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        prepared = [self._texts(item, kit) for item in items]
        flat = [text for texts in prepared if isinstance(texts, list) for text in texts]
        encoded = iter(encode(kit.tokenizer, flat, special_tokens=False))
        frame = Frame(kit)
        return [
            self._rows(item, [next(encoded) for _ in texts], frame, kit) if isinstance(texts, list) else texts
            for item, texts in zip(items, prepared, strict=True)
        ]

    def _texts(self, item: Item, kit: Kit) -> list[str] | Exception:
        try:
            query = prompted(item.input["query"], item.params.prompt_name, kit)
        except AppError as error:
            return error
        return [query, *(spelled(text, kit) for text in item.input[_word(item)])]

    def _rows(self, item: Item, encoded: list[list[int]], frame: Frame, kit: Kit) -> list[Row] | Exception:
        query, *texts = encoded
        limit, around = kit.max_input_tokens, frame.size + len(query)
        if around == 0:
            return InvalidInput("the query holds nothing that the model's tokenizer knows", "query")
        if around >= limit:
            return InputTooLong(
                f"the query has {around} tokens and the model takes {limit}: no room is left for a text", "query"
            )
        if (most := item.params.max_tokens_per_text) is not None:
            texts = [_cut(text, most, item.params.truncation_direction) for text in texts]
        if item.params.truncation:
            texts = [_cut(text, limit - around, item.params.truncation_direction) for text in texts]
        longest = max(range(len(texts)), key=lambda index: len(texts[index]))
        if (length := around + len(texts[longest])) > limit:
            return InputTooLong(
                f"with the query the text has {length} tokens and the model takes {limit}",
                f"{_word(item)}[{longest}]",
            )
        return [frame.row(query, text) for text in texts]

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[Ranked]:
        params, texts = item.params, item.input[_word(item)]
        as_told = ACTIVATIONS[_own_activation(kit)]
        function = as_told if params.raw_scores is None else "none" if params.raw_scores else "sigmoid"
        logits = finite(np.concatenate([out["logits"] for out in outs]))
        scores = FUNCTIONS[function](logits)
        # Ordered before they are pressed together: high above and far below 0 many would end as the same score.
        ranked: list[Ranked] = [{"index": index, "score": float(scores[index])} for index in best(logits, params.top_n)]
        if params.return_text or params.return_documents:
            return [{**each, "text": texts[each["index"]]} for each in ranked]
        return ranked

    def example(self) -> tuple[Any, dict[str, Any]]:
        texts = ["To sell a car, take your time.", "To fix a bicycle, make a plan.", "To wash a bicycle, make a plan."]
        return {"query": "How do I repair my bike?", "texts": texts}, {}


def _word(item: Item) -> str:
    """How this caller calls the texts."""
    return "documents" if "documents" in item.input else "texts"


def _cut(text: list[int], room: int, side: Literal["left", "right"] | None) -> list[int]:
    return text[-room:] if side == "left" else text[:room]


def _own_activation(kit: Kit) -> str:
    """The class by which the model's files say that scores are made."""
    inside = kit.config.get("sentence_transformers") or {}
    told = (
        kit.sentence.get("activation_fn")
        or inside.get("activation_fn")
        or kit.config.get("sbert_ce_default_activation_function")
        or "Sigmoid"
    )
    return str(told).rpartition(".")[2]

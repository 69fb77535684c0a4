"""Fill mask: the words that fit where a text leaves a gap."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.ranking import best
from serve_app.tasks.scoring.scores import finite, softmax
from serve_app.tasks.text.encoding import collate, encode, row_of
from serve_app.tasks.text.input import Phrase, Text
from serve_app.tasks.text.masks import cut_keeping_masks, masks_in, target_ids, with_own_mask, written
from serve_app.types import Item

TOP_K = 5
MOST_PREDICTIONS = 500
"""In one answer: each holds the whole text again."""

_Targets = Annotated[list[Phrase], Field(min_length=1, max_length=MOST_PREDICTIONS)]


def _listed(targets: Any) -> Any:
    return [targets] if isinstance(targets, str) else targets


class FillMaskParams(Params):
    """How many words come back, and which are in question."""

    top_k: Annotated[int, Field(ge=1, le=MOST_PREDICTIONS)] | None = Field(
        None, description=f"Only so many words for each mask, the best ones; by default {TOP_K}"
    )
    targets: Annotated[_Targets, BeforeValidator(_listed, json_schema_input_type=_Targets | Phrase)] | None = Field(
        None, description="Only these words; one that the model has no token for counts by its first token"
    )
    truncation: bool | None = Field(
        None, description="Cut an input that is too long, unless a mask would be lost, instead of an error"
    )


class Filling(TypedDict):
    """A word for a mask, how likely it is, and the text with it."""

    score: float
    token: int
    token_str: str
    sequence: str


class FillMask(RowTask):
    """One row for each text, of which only the masked places come back; several masks have a list each."""

    name = "fill-mask"
    auto_model = "AutoModelForMaskedLM"
    outputs = ("logits",)
    answer = "predictions"
    listed = False
    Input = Text
    Params = FillMaskParams
    Output = list[Filling] | list[list[Filling]]

    def check(self, kit: Kit) -> None:
        if getattr(kit.tokenizer, "mask_token_id", None) is None:
            raise ModelCannotLoad(f"{self.name} needs a tokenizer with a mask token, and this model's has none")

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        texts = [with_own_mask(item.input, kit.tokenizer.mask_token) for item in items]
        encoded = encode(kit.tokenizer, texts)
        return [self._row(item.params, ids, kit) for item, ids in zip(items, encoded, strict=True)]

    def _row(self, params: FillMaskParams, ids: list[int], kit: Kit) -> list[Row] | Exception:
        try:
            masks, top_k = masks_in(ids, kit), params.top_k or TOP_K
            if len(masks) * top_k > MOST_PREDICTIONS:
                raise InvalidInput(
                    f"the input has {len(masks)} masks and top_k is {top_k}, which makes {len(masks) * top_k} "
                    f"predictions: one answer holds {MOST_PREDICTIONS}"
                )
            row = row_of(cut_keeping_masks(ids, masks, kit) if params.truncation else ids, kit)
            row.arrays["masks"] = masks
            if params.targets is not None:
                row.arrays["targets"] = np.asarray(target_ids(params.targets, kit.tokenizer))
            return [row]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        """Masks and targets are for `positions` and `join`: the model takes the ids alone."""
        return collate([Row({"input_ids": row.arrays["input_ids"]}, row.length) for row in rows], kit)

    def positions(self, rows: Sequence[Row]) -> NDArray[np.int64]:
        most = max(len(row.arrays["masks"]) for row in rows)
        return np.stack([np.resize(row.arrays["masks"], most) for row in rows])

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[Filling] | list[list[Filling]]:
        masks = rows[0].arrays["masks"]
        logits = finite(outs[0]["logits"][: len(masks)])
        fillings = [
            self._fillings(item, rows[0], place, scores, kit) for place, scores in zip(masks, logits, strict=True)
        ]
        return fillings[0] if len(fillings) == 1 else fillings

    def _fillings(self, item: Item, row: Row, place: int, logits: NDArray[Any], kit: Kit) -> list[Filling]:
        arrays, scores = row.arrays, softmax(logits)
        asked = arrays.get("targets")
        chosen = best(scores if asked is None else scores[asked], item.params.top_k or TOP_K)
        tokens = chosen if asked is None else [int(asked[index]) for index in chosen]
        words = written(kit.tokenizer, [[token] for token in tokens], special_tokens=True)
        # With several masks the other ones have to show.
        texts = written(kit.tokenizer, self._filled(arrays["input_ids"], place, tokens, kit), len(arrays["masks"]) > 1)
        return [
            {"score": float(scores[token]), "token": token, "token_str": word, "sequence": text}
            for token, word, text in zip(tokens, words, texts, strict=True)
        ]

    def _filled(self, ids: NDArray[Any], place: int, tokens: Sequence[int], kit: Kit) -> list[list[int]]:
        padding = getattr(kit.tokenizer, "pad_token_id", None)
        before, after = ids[:place].tolist(), ids[place + 1 :].tolist()
        return [[id for id in (*before, token, *after) if id != padding] for token in tokens]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "The capital of France is [MASK].", {}

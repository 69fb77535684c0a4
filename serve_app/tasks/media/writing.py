"""The body of tasks in which a model first sees and then writes, by its own `generate` for a whole batch."""

import math
from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InputTooLong
from serve_app.tasks.base import Arrays, Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.pixels import stack
from serve_app.tasks.media.writing_params import WritingParams
from serve_app.tasks.text.encoding import decode
from serve_app.tasks.text.tidying import tidies, tidy
from serve_app.types import Done, Item

DEFAULT_NEW_TOKENS = 256
# Of the model's own settings those that no request need know of; what is about draws is left out.
_OWN = ("num_beams", "length_penalty", "early_stopping", "no_repeat_ngram_size", "repetition_penalty", "min_new_tokens")


class Told(NamedTuple):
    """What the model wrote for one row: its text, the ids with all special tokens, and how likely it was."""

    text: str
    ids: list[int]
    likelihood: float


class SeeingWriter(ProgramTask):
    """Subclasses make the rows, each of which begins with what the model is told, and the answers."""

    auto_model = "AutoModelForImageTextToText"
    reads = ("tokenizer", "image_processor")
    takes_bytes = True
    scored: ClassVar[bool] = False
    """Whether the answer tells how likely it was, which takes a copy of every step's scores, and goes without beams."""

    @abstractmethod
    def answered(self, item: Item, row: Row, told: Told, kit: Kit) -> Any:
        """One item's answer."""

    @abstractmethod
    def seen(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        """One row for each item, as in `expand`."""

    def writing(self, params: Any) -> WritingParams:
        """How the answer is written. Override where not all of that are the request's own parameters."""
        return params  # type: ignore[no-any-return]

    def told_first(self, row: Row) -> int:
        """How many tokens the answer goes on from. Override where the model is told something."""
        return 1

    def key(self, params: Any) -> Hashable:
        return str(self.writing(params))

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [
            rows if isinstance(rows, Exception) else self._checked(item, rows, kit)
            for item, rows in zip(items, self.seen(items, kit), strict=True)
        ]

    def _checked(self, item: Item, rows: list[Row], kit: Kit) -> list[Row] | Exception:
        params = self.writing(item.params)
        try:
            for row in rows:
                _limit(params, self.told_first(row), kit)
        except AppError as error:
            return error
        # One seed is for one row: draws of a batch would depend on who else is in it.
        return [row._replace(group=(row.group, item.id)) for row in rows] if params.draws else rows

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        params, begun = self.writing(items[0].params), self.told_first(rows[0])
        settings = {**_own(kit), **params.search, "max_new_tokens": _limit(params, begun, kit)}
        if self.scored:
            settings |= {"num_beams": 1, "output_logits": True, "return_dict_in_generate": True}
        seed = params.seed if params.draws else None
        written = engine.call("generate", self.collate(rows, kit), settings, lambda: tick({}), seed)
        texts = written["sequences" if "sequences" in written else "output"]
        logprobs = written.get("logprobs", np.zeros((len(texts), 0)))
        told = [_told(ids, each, kit) for ids, each in zip(texts, logprobs, strict=True)]
        tick({place: Done(self.answered(items[place], rows[place], each, kit)) for place, each in enumerate(told)})

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        """Rows of one group. Override where some of their arrays differ in length."""
        return stack(rows)


def _own(kit: Kit) -> Mapping[str, Any]:
    return {name: kit.generation[name] for name in _OWN if kit.generation.get(name) is not None}


def _limit(params: WritingParams, begun: int, kit: Kit) -> int:
    """How many new tokens at most; those that the answer goes on from share its room."""
    room = kit.max_total_tokens - begun
    wanted = params.max_new_tokens or (params.max_length and max(1, params.max_length - begun))
    if wanted and wanted > room:
        name = "max_length" if params.max_new_tokens is None else "max_new_tokens"
        raise InputTooLong(f"the model has room for {room} new tokens, {name} asks for {wanted}", name)
    own = kit.generation.get("max_new_tokens") or (kit.generation.get("max_length") or 0) - begun
    return int(wanted or min(own if own > 0 else DEFAULT_NEW_TOKENS, room))


def _told(ids: NDArray[Any], logprobs: NDArray[Any], kit: Kit) -> Told:
    text = decode(kit.tokenizer, ids.tolist())
    new = ids[len(ids) - len(logprobs) :].tolist()
    # Behind the end there is padding, up to where the longest row of the batch ends.
    end = next((place for place, id in enumerate(new) if id in kit.special_ids), len(new))
    likelihood = math.exp(float(logprobs[: end + 1].sum()))
    return Told((tidy(text) if tidies(kit.tokenizer) else text).strip(), ids.tolist(), likelihood)

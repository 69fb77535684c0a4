"""The body of every task that writes text: prompts in, tokens step by step, texts out."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.continuation import Continuation
from serve_app.tasks.text.encoding import cut, encode, row_of
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.settings import Limits, asked, check_ids, limits_of, shared_settings
from serve_app.tasks.text.writing import Answer, Writing
from serve_app.types import Item


class Generated(TypedDict):
    """What was written."""

    generated_text: str


class GeneratingTask(ProgramTask):
    """Subclasses say which model class writes, whether its output has room of its own, and what the text shows."""

    answer = "generated_text"
    listed = True
    own_output: bool
    """True for encoder-decoders, whose output does not continue the prompt."""
    Input = Text
    Output = Generated

    @abstractmethod
    def shown(self, item: Item, text: str) -> str:
        """The answer as the caller sees it, from the new text."""

    def key(self, params: GenerationParams) -> Hashable:
        """Limits, stop strings and seeds are each row's own, unless beams make the rows end together."""
        return tuple((name, str(value)) for name, value in sorted(asked(params).items()))

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        encoded = encode(kit.tokenizer, [item.input for item in items])
        return [self._row(item.params, ids, kit) for item, ids in zip(items, encoded, strict=True)]

    def _row(self, params: GenerationParams, ids: list[int], kit: Kit) -> list[Row] | Exception:
        try:
            if params.truncate is not None:
                ids = cut(ids, params.truncate, kit.tokenizer, "left")
            if not ids:
                raise InvalidInput("the input holds nothing that the model's tokenizer knows")
            check_ids(params, kit)
            limits_of(params, len(ids), kit, self.own_output)
            return [row_of(ids, kit)]
        except AppError as error:
            return error

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        settings = shared_settings(items[0].params, kit)
        limits = [
            limits_of(item.params, row.length, kit, self.own_output) for item, row in zip(items, rows, strict=True)
        ]
        groups: defaultdict[Hashable, list[int]] = defaultdict(list)
        for position, row in enumerate(rows):
            groups[self._together(position, row, limits[position], settings, kit)].append(position)
        gone: frozenset[int] = frozenset()
        for positions in groups.values():
            answers = {
                position: self._answer(items[position], rows[position], limits[position], kit)
                for position in positions
                if position not in gone
            }
            if answers:
                gone |= Writing(answers, settings, tick).run(engine)

    def _answer(self, item: Item, row: Row, limits: Limits, kit: Kit) -> Answer:
        prompt = row.arrays["input_ids"].tolist()
        reads_along = item.verb == "stream"
        context = () if self.own_output else prompt
        text = Continuation(kit.tokenizer, context, item.params.stops, reads_along)
        return Answer(item, prompt, limits, text, reads_along, self.shown)

    def _together(self, position: int, row: Row, limits: Limits, settings: dict[str, Any], kit: Kit) -> Hashable:
        """Rows that would change each other's answers in one call get different values."""
        if settings["num_beams"] > 1:
            return (limits, position if settings["do_sample"] else None)
        # Padding would count as text that must not occur twice.
        by_length = settings["no_repeat_ngram_size"] and not self.own_output
        # Models that force their last token do it where the call ends, not where the row does.
        by_limit = kit.generation.get("forced_eos_token_id") is not None
        return (limits.at_least, row.length if by_length else None, limits.at_most if by_limit else None)

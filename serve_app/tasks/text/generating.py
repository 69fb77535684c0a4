"""The body of every task that writes text: prompts in, tokens step by step, texts out."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NotRequired

from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Grammar, Prompted
from serve_app.tasks.text.chat.exchange import Exchange
from serve_app.tasks.text.choice import Choice
from serve_app.tasks.text.continuation import Continuation
from serve_app.tasks.text.encoding import cut, encode, row_of
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.reply import Reply
from serve_app.tasks.text.sampling import sampling_of
from serve_app.tasks.text.settings import PENALTIES, asked, check_names, limits_of, search_of, settings_of, told
from serve_app.tasks.text.writing import Writing
from serve_app.types import Item


class Generated(TypedDict):
    """What was written, and how where that was asked for."""

    generated_text: str
    details: NotRequired[dict[str, Any]]


class GeneratingTask(ProgramTask):
    """Subclasses say which model class writes, whether its output has room of its own, and what the text shows."""

    answer = "generated_text"
    listed = True
    own_output: bool
    """True for encoder-decoders, whose output does not continue the prompt."""
    Input = Text

    @abstractmethod
    def shown(self, item: Item, text: str, kit: Kit) -> str:
        """The answer as the caller sees it, from the new text."""

    def prompts(self, items: Sequence[Item], kit: Kit) -> list[list[int] | Exception]:
        """The ids of each prompt, with one tokenizer call for all. Override where the input is not all of it."""
        return list(encode(kit.tokenizer, [item.input for item in items]))

    def exchange(self, item: Item, kit: Kit) -> Exchange | None:
        """Override where inputs may be conversations."""
        return None

    def grammar(self, item: Item, kit: Kit) -> Grammar | None:
        """What the answer must look like: as a demanded call, or as the request says."""
        exchange = self.exchange(item, kit)
        if exchange is not None and exchange.grammar is not None:
            return exchange.grammar
        return item.params.grammar.grammar if item.params.grammar else None

    def own(self, item: Item, kit: Kit) -> Mapping[str, Any]:
        """The model's own generation settings. Override where they depend on the task or on the request."""
        return kit.generation

    def key(self, params: GenerationParams) -> Hashable:
        """Sampling, limits and stop strings are each row's own, unless beams make the rows end together."""
        if (params.num_beams or 1) > 1:
            return str(params)
        return told({name: value for name, value in asked(params).items() if name not in PENALTIES})

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        prompts = self.prompts(items, kit)
        return [self._row(item, prompt, kit) for item, prompt in zip(items, prompts, strict=True)]

    def _row(self, item: Item, prompt: list[int] | Exception, kit: Kit) -> list[Row] | Exception:
        if isinstance(prompt, Exception):
            return prompt
        try:
            if item.params.truncate is not None:
                prompt = cut(prompt, item.params.truncate, kit.tokenizer, "left")
            if not prompt:
                raise InvalidInput("the input holds nothing that the model's tokenizer knows")
            check_names(item.params, kit)
            limits_of(item.params, len(prompt), self._own_kit(item, kit), self.own_output)
            return [row_of(prompt, kit)._replace(grammar=self.grammar(item, kit))]
        except AppError as error:
            return error

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        replies = [self.begin(item, row, kit) for item, row in zip(items, rows, strict=True)]
        searches = [search_of(settings_of(item.params, self._own_kit(item, kit))) for item in items]
        groups: defaultdict[Hashable, list[int]] = defaultdict(list)
        for position, search in enumerate(searches):
            groups[self._together(position, replies[position], search, kit)].append(position)
        gone: frozenset[int] = frozenset()
        for positions in groups.values():
            wanted = {position: replies[position] for position in positions if position not in gone}
            if wanted:
                gone |= Writing(wanted, searches[positions[0]], tick).run(engine)

    def beams(self, item: Item, kit: Kit) -> int:
        """How many beams the request, or the model itself, asks for."""
        return int(settings_of(item.params, self._own_kit(item, kit))["num_beams"])

    def begin(self, item: Item, row: Row, kit: Kit) -> Reply:
        """The answers to one prompt, of which nothing is written yet."""
        own = self._own_kit(item, kit)
        settings, limits = settings_of(item.params, own), limits_of(item.params, row.length, own, self.own_output)
        prompt = row.arrays["input_ids"].tolist()
        reads_along, detailed = item.verb == "stream", item.params.tells_tokens
        context = () if self.own_output else prompt
        shown = {name: array for name, array in row.arrays.items() if name != "input_ids"}
        exchange = self.exchange(item, kit)
        ends_with_call = exchange is not None and exchange.ends_with_call
        choices = [
            Choice(
                Prompted(f"{item.id}.{number}", prompt, limits.at_most, sampling, item.params.adapter_id or "", shown),
                number,
                Continuation(
                    exchange.spelling if exchange else kit.tokenizer,
                    context,
                    item.params.stops,
                    reads_along or detailed or ends_with_call,
                ),
                kit.tokenizer,
                kit.special_ids,
                reads_along,
                detailed,
                exchange.sieve(prompt) if exchange else None,
                ends_with_call,
            )
            for number, sampling in enumerate(sampling_of(item.params, settings, limits, own, row.grammar))
        ]
        return Reply(item, choices, partial(self._output, item, kit))

    def _own_kit(self, item: Item, kit: Kit) -> Kit:
        own = self.own(item, kit)
        return kit if own is kit.generation else replace(kit, generation=own)

    def _output(self, item: Item, kit: Kit, choice: Choice) -> dict[str, Any]:
        return choice.answer if choice.sieve else {self.answer: self.shown(item, choice.text.text, kit)}

    def _together(self, position: int, reply: Reply, search: Mapping[str, Any], kit: Kit) -> Hashable:
        """Rows that would change each other's answers in one call get different values."""
        sequence = reply.choices[0].sequence
        if search["num_beams"] > 1:
            drawn = sequence.sampling.temperature > 0
            own = (sequence.sampling.min_new_tokens, sequence.at_most, position if drawn else None)
            return (sequence.adapter, told(search), *own)
        # Models that force their last token do it where the call ends, not where the row does.
        by_limit = kit.generation.get("forced_eos_token_id") is not None
        return (sequence.adapter, told(search), sequence.at_most if by_limit else None)

"""The body of every task on an encoder-decoder: an input, what is put around it, and the text that comes out."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.encoding import around, cut, encode
from serve_app.tasks.text.generating import GeneratingTask
from serve_app.tasks.text.plan import Plan, own_plan
from serve_app.tasks.text.seq2seq_params import Seq2SeqParams
from serve_app.tasks.text.tidying import tidies, tidy
from serve_app.types import Item


class Seq2SeqTask(GeneratingTask):
    """An encoder reads the input, a decoder writes the answer from scratch."""

    auto_model = "AutoModelForSeq2SeqLM"
    own_output = True
    Params = Seq2SeqParams

    def plan(self, item: Item, kit: Kit) -> Plan:
        """What the model says of the task. Override where more of the request counts than its prefix."""
        return own_plan(self.name, kit).led_by(item.params.prefix)

    def own(self, item: Item, kit: Kit) -> Mapping[str, Any]:
        return self.plan(item, kit).settings

    def prompts(self, items: Sequence[Item], kit: Kit) -> list[list[int] | Exception]:
        plans = [self._planned(item, kit) for item in items]
        good = [(item, plan) for item, plan in zip(items, plans, strict=True) if isinstance(plan, Plan)]
        encoded = iter(encode(kit.tokenizer, [_prefixed(item, plan) for item, plan in good]))
        return [
            _surrounded(_cut(next(encoded), item.params, kit), plan.swap, kit) if isinstance(plan, Plan) else plan
            for item, plan in zip(items, plans, strict=True)
        ]

    def shown(self, item: Item, text: str, kit: Kit) -> str:
        wanted = item.params.clean_up_tokenization_spaces
        return tidy(text) if (tidies(kit.tokenizer) if wanted is None else wanted) else text

    def _planned(self, item: Item, kit: Kit) -> Plan | Exception:
        try:
            return self.plan(item, kit)
        except AppError as error:
            return error


def _prefixed(item: Item, plan: Plan) -> str:
    """Callers who know the model may have written the prefix themselves."""
    text: str = item.input
    return text if text.startswith(plan.prefix) else plan.prefix + text


def _cut(ids: list[int], params: Seq2SeqParams, kit: Kit) -> list[int]:
    return cut(ids, kit.max_input_tokens, kit.tokenizer, "right") if params.cuts else ids


def _surrounded(ids: list[int], swap: Mapping[int, int], kit: Kit) -> list[int]:
    """Here and not in the tokenizer, which the inputs of other languages share."""
    if not swap:
        return ids
    before, after = (len(tokens) for tokens in around(kit.tokenizer))
    end = len(ids) - after
    return [swap.get(token, token) if place < before or place >= end else token for place, token in enumerate(ids)]

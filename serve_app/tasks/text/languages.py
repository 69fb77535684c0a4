"""How a model is told its languages: by tokens, by a mark in the text, by a prefix, or not at all."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

from serve_app.errors import InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.generation_params import layered
from serve_app.tasks.text.plan import Plan, own_plan, specifics

_SHOWN = 20
# Tokens such as eng_Latn and de_DE, which stand among other special tokens.
_CODE = re.compile(r"[a-z]{2,3}_[A-Za-z]{2,4}")
_PAIR = re.compile(r"translation_(.+)_to_(.+)")


class Languages(Protocol):
    """What a request says of its languages."""

    @property
    def src_lang(self) -> str | None: ...

    @property
    def tgt_lang(self) -> str | None: ...

    @property
    def prefix(self) -> str | None: ...

    @property
    def forced_bos_token_id(self) -> int | None: ...


class _Pair(NamedTuple):
    source: str
    target: str
    settings: Mapping[str, Any]


def way_between(asked: Languages, text: str, kit: Kit) -> Plan:
    """How to get from one language to the other, or `InvalidInput` with those that the model has."""
    return next(plan for find in _WAYS if (plan := find(asked, text, kit)) is not None)


def _by_tokens(asked: Languages, text: str, kit: Kit) -> Plan | None:
    """mBART, M2M100, NLLB: a token beside the text, and one that begins the answer."""
    tokenizer = kit.tokenizer
    codes = _codes(tokenizer)
    if not codes:
        return None
    source = _known(asked.src_lang, codes, "src_lang", "reads")
    target = _known(asked.tgt_lang, codes, "tgt_lang", "writes")
    start = kit.generation.get("decoder_start_token_id")
    # The first mBART begins its answers with the language itself, where others have a token before it.
    begins = start is not None and tokenizer.convert_ids_to_tokens(start) in codes
    name = "decoder_start_token_id" if begins else "forced_bos_token_id"
    if target is None and asked.forced_bos_token_id is None and kit.generation.get(name) is None:
        target = tokenizer.tgt_lang
        if target not in codes:
            raise InvalidInput(f"the model writes several languages, name one: {_listed(codes)}", "tgt_lang")
    plan = own_plan("translation", kit).led_by(asked.prefix)
    return plan._replace(
        settings=plan.settings if target is None else {**plan.settings, name: _id(tokenizer, target)},
        swap={} if source is None else {_id(tokenizer, tokenizer.src_lang): _id(tokenizer, source)},
    )


def _by_marks(asked: Languages, text: str, kit: Kit) -> Plan | None:
    """Marian with several targets: a word such as `>>fra<<` before the text; without it the model decides."""
    marks = getattr(kit.tokenizer, "supported_language_codes", None)
    if not marks:
        return None
    codes = [mark.removeprefix(">>").removesuffix("<<") for mark in marks]
    _known(asked.src_lang, [kit.tokenizer.source_lang or ""], "src_lang", "reads")
    target = _known(asked.tgt_lang, codes, "tgt_lang", "writes")
    plan = own_plan("translation", kit).led_by(asked.prefix)
    return plan if target is None else plan._replace(prefix=f">>{target}<< {plan.prefix}")


def _by_pairs(asked: Languages, text: str, kit: Kit) -> Plan | None:
    """T5: the config has a prefix and settings for each pair."""
    named = [(_PAIR.fullmatch(word), settings) for word, settings in specifics(kit).items()]
    pairs = [_Pair(match[1], match[2], settings) for match, settings in named if match]
    if not pairs:
        return None
    source = _known(asked.src_lang, sorted({pair.source for pair in pairs}), "src_lang", "reads")
    target = _known(asked.tgt_lang, sorted({pair.target for pair in pairs}), "tgt_lang", "writes")
    fitting = [pair for pair in pairs if source in (None, pair.source) and target in (None, pair.target)]
    written = [
        pair for pair in fitting if (prefix := pair.settings.get("prefix")) is not None and text.startswith(prefix)
    ]
    if source is None and target is None and asked.prefix is not None:
        return own_plan("translation", kit).led_by(asked.prefix)
    chosen = written or fitting
    if len(chosen) == 1:
        [(_, _, settings)] = chosen
        return Plan(settings.get("prefix") or "", layered(kit.generation, settings)).led_by(asked.prefix)
    ways = _listed([f"{pair.source} to {pair.target}" for pair in pairs])
    raise InvalidInput(
        f"name a pair of languages that the model translates: {ways}", "src_lang" if target else "tgt_lang"
    )


def _by_itself(asked: Languages, text: str, kit: Kit) -> Plan | None:
    """One pair, which goes without saying."""
    for field, value, attribute in (
        ("src_lang", asked.src_lang, "source_lang"),
        ("tgt_lang", asked.tgt_lang, "target_lang"),
    ):
        own = getattr(kit.tokenizer, attribute, None)
        if value is not None and value != own:
            only = f"has only {own}" if own else "knows no languages by name: leave it out"
            raise InvalidInput(f"the model {only}", field)
    return own_plan("translation", kit).led_by(asked.prefix)


_WAYS: tuple[Callable[[Languages, str, Kit], Plan | None], ...] = (_by_tokens, _by_marks, _by_pairs, _by_itself)


def _codes(tokenizer: Any) -> Collection[str]:
    if getattr(tokenizer, "src_lang", None) is None:
        return []
    table = getattr(tokenizer, "lang_code_to_id", None)
    if table is not None:
        return list(table)
    return [token for token in tokenizer.all_special_tokens if _CODE.fullmatch(token)]


def _id(tokenizer: Any, code: str) -> int:
    table = getattr(tokenizer, "lang_code_to_id", None)
    return int(tokenizer.convert_tokens_to_ids(code) if table is None else table[code])


def _known(code: str | None, codes: Collection[str], field: str, does: str) -> str | None:
    if code is not None and code not in codes:
        raise InvalidInput(f"the model has no such language; it {does}: {_listed(codes)}", field)
    return code


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")

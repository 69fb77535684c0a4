"""From a request's parameters to the engine's settings: what rows share, and each row's own limits."""

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.generation_params import GenerationParams

DEFAULT_NEW_TOKENS = 256
# Decoders with room of their own begin with one token that max_length counts.
START_TOKEN = 1
BEAMS = ("num_beams", "length_penalty", "early_stopping")
PENALTIES = ("no_repeat_ngram_size", "repetition_penalty")
SEARCH = (*BEAMS, *PENALTIES)
# How a model is told which language to write in.
TARGET = ("forced_bos_token_id", "decoder_start_token_id")
OTHERS = ("use_cache", "forced_bos_token_id")


class Limits(NamedTuple):
    """How many tokens one row may write."""

    at_least: int
    at_most: int


def asked(params: GenerationParams) -> dict[str, Any]:
    """The settings that the request itself names and that go with a whole batch or with the model's own."""
    values = {name: getattr(params, name, None) for name in (*SEARCH, *OTHERS)}
    return {name: value for name, value in values.items() if value is not None}


def search_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What rows of one batch must share; all else is each row's own, unless beams make the rows go together."""
    names = settings.keys() if settings["num_beams"] > 1 else settings.keys() - set(PENALTIES)
    return {name: settings[name] for name in names}


def told(settings: Mapping[str, Any]) -> Hashable:
    """Settings that can be compared."""
    return tuple((name, str(value)) for name, value in sorted(settings.items()))


def settings_of(params: GenerationParams, kit: Kit) -> dict[str, Any]:
    """The same over the model's own settings, of which those about sampling do not count."""
    own = {name: kit.generation[name] for name in (*SEARCH, *TARGET) if kit.generation.get(name) is not None}
    return {"num_beams": 1, **own, **asked(params)}


def ends(params: GenerationParams, kit: Kit) -> list[int]:
    """The tokens that end an answer."""
    candidates = (params.eos_token_id, kit.generation.get("eos_token_id"), kit.tokenizer.eos_token_id)
    chosen = next((ids for ids in candidates if ids is not None), [])
    return [chosen] if isinstance(chosen, int) else list(chosen)


def check_names(params: GenerationParams, kit: Kit) -> None:
    """Refuse token ids and adapters that the model does not have."""
    if params.adapter_id is not None and params.adapter_id not in kit.adapters:
        known = ", ".join(kit.adapters) or "none"
        raise InvalidInput(f"the model has no such adapter; it has: {known}", "adapter_id")
    size = kit.config.get("vocab_size")
    biased = [int(id) for id in params.logit_bias or ()]
    for name in ("eos_token_id", "forced_bos_token_id", "logit_bias"):
        ids = biased if name == "logit_bias" else getattr(params, name, None) or []
        if size is not None and any(id >= size for id in ([ids] if isinstance(ids, int) else ids)):
            raise InvalidInput(f"the model's token ids go from 0 to {size - 1}", name)


def limits_of(params: GenerationParams, length: int, kit: Kit, own_output: bool) -> Limits:
    """What a prompt of this length leaves; with `own_output` the output does not share the prompt's room."""
    counted = START_TOKEN if own_output else length
    room = kit.max_total_tokens - (0 if own_output else length)
    if room < 1:
        raise InputTooLong(
            f"the prompt has {length} tokens and the model takes {kit.max_total_tokens} together with the output: "
            "no room is left for an answer"
        )
    at_most = min(_asked_tokens(params, length, counted, room, kit), room)
    least_length = params.min_length if params.min_length is not None else kit.generation.get("min_length") or 0
    return Limits(min(max(params.min_new_tokens or 0, least_length - counted), at_most), at_most)


def _asked_tokens(params: GenerationParams, length: int, counted: int, room: int, kit: Kit) -> int:
    if params.max_new_tokens is not None:
        if params.max_new_tokens > room:
            raise InputTooLong(
                f"the prompt has {length} tokens and leaves room for {room} new ones, "
                f"max_new_tokens asks for {params.max_new_tokens}",
                "max_new_tokens",
            )
        return params.max_new_tokens
    if params.max_length is not None:
        if params.max_length <= counted:
            raise InputTooLong(
                f"the prompt counts {counted} tokens and max_length is {params.max_length}: "
                "no room is left for an answer",
                "max_length",
            )
        return params.max_length - counted
    own = kit.generation.get("max_new_tokens") or (kit.generation.get("max_length") or 0) - counted
    return int(own) if own > 0 else DEFAULT_NEW_TOKENS

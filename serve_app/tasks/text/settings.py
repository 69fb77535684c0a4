"""From a request's parameters to the engine's settings: what rows share, and each row's own limits."""

from typing import Any, NamedTuple

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.generation_params import GenerationParams

DEFAULT_NEW_TOKENS = 256
# Decoders with room of their own begin with one token that max_length counts.
START_TOKEN = 1
SEARCH = ("num_beams", "length_penalty", "early_stopping", "no_repeat_ngram_size", "repetition_penalty")
SAMPLING = ("temperature", "top_k", "top_p", "min_p", "typical_p")

OTHERS = ("use_cache", "eos_token_id", "min_new_tokens", "forced_bos_token_id")


class Limits(NamedTuple):
    """How many tokens one row may write."""

    at_least: int
    at_most: int


def asked(params: GenerationParams) -> dict[str, Any]:
    """The settings that the request itself names and that rows of one batch must share."""
    names = (*SEARCH, *(SAMPLING if params.samples else ()), *OTHERS)
    values = {name: getattr(params, name, None) for name in names}
    shared = {name: value for name, value in values.items() if value is not None}
    return {**shared, "do_sample": params.samples}


def shared_settings(params: GenerationParams, kit: Kit) -> dict[str, Any]:
    """The same over the model's own settings, of which those about sampling do not count."""
    own = {name: kit.generation[name] for name in SEARCH if kit.generation.get(name) is not None}
    settings = {"num_beams": 1, "no_repeat_ngram_size": 0, **own, **asked(params)}
    return {**settings, "eos_token_id": ends(params, kit)}


def ends(params: GenerationParams, kit: Kit) -> list[int]:
    """The tokens that end an answer."""
    candidates = (params.eos_token_id, kit.generation.get("eos_token_id"), kit.tokenizer.eos_token_id)
    chosen = next((ids for ids in candidates if ids is not None), [])
    return [chosen] if isinstance(chosen, int) else list(chosen)


def check_ids(params: GenerationParams, kit: Kit) -> None:
    """Refuse token ids that the model does not have."""
    size = kit.config.get("vocab_size")
    for name in ("eos_token_id", "forced_bos_token_id"):
        ids = getattr(params, name, None) or []
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

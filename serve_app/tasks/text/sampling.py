"""From a request's parameters and the model's own settings to the way each of its sequences is written."""

import secrets
from collections.abc import Mapping
from typing import Any

from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Grammar, Sampling
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.tasks.text.settings import Limits, ends

SEED_BITS = 63
MOST_SEED = 2**SEED_BITS


def sampling_of(
    params: GenerationParams, settings: Mapping[str, Any], limits: Limits, kit: Kit, grammar: Grammar | None
) -> list[Sampling]:
    """One for each answer that is asked for; those of one request differ by their seeds alone."""
    draws = params.draws
    seed = secrets.randbits(SEED_BITS) if params.seed is None else params.seed
    logprobs = (params.top_n_tokens or 0) if params.tells_tokens else None
    given: dict[str, Any] = {
        "temperature": (1.0 if params.temperature is None else params.temperature) if draws else 0.0,
        "repetition_penalty": float(settings.get("repetition_penalty") or 1.0),
        "no_repeat_ngram_size": settings.get("no_repeat_ngram_size") or 0,
        "frequency_penalty": params.frequency_penalty or 0.0,
        "presence_penalty": params.presence_penalty or 0.0,
        "logit_bias": tuple((int(id), bias) for id, bias in (params.logit_bias or {}).items()),
        "suppressed": tuple(kit.generation.get("suppress_tokens") or ()),
        "min_new_tokens": limits.at_least,
        # A grammar that is complete leaves nothing but the end.
        "ends": frozenset() if params.ignore_eos and grammar is None else frozenset(ends(params, kit)),
        "logprobs": logprobs,
        "grammar": grammar,
    }
    filters = {name: getattr(params, name) for name in ("top_k", "top_p", "min_p", "typical_p")} if draws else {}
    given |= {name: value for name, value in filters.items() if value is not None}
    return [Sampling(seed=(seed + number) % MOST_SEED, **given) for number in range(params.sequences)]

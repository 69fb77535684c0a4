"""How likely tokens were, in the two shapes that OpenAI has for it."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from serve_app.types import Written

LEAST = -9999.0
"""Stands for everything below it, as a logarithm of zero is no JSON."""


def tokens_of(choice: Mapping[str, Any]) -> list[Written]:
    """The tokens in an answer's details."""
    tokens, tops = choice["tokens"], choice["top_tokens"]
    beside = tops if len(tops) == len(tokens) else [()] * len(tokens)
    return [
        Written(**token, tops=tuple(Written(**top) for top in likeliest))
        for token, likeliest in zip(tokens, beside, strict=True)
    ]


def mean_of(choice: Mapping[str, Any]) -> float:
    """How likely an answer was, whatever its length."""
    known = [token["logprob"] for token in choice["tokens"] if token["logprob"] is not None]
    return sum(known) / len(known) if known else 0.0


def of_chat(tokens: Sequence[Written]) -> dict[str, Any]:
    """For a message or a piece of one."""
    content = [_shown(token) | {"top_logprobs": [_shown(top) for top in token.tops]} for token in _saying(tokens)]
    return {"content": content, "refusal": None}


def of_completion(tokens: Sequence[Written], begins_at: int = 0) -> dict[str, Any]:
    """For a text or a piece of one, which begins at this character."""
    told = _saying(tokens)
    offsets = accumulate((len(token.text) for token in told), initial=begins_at)
    return {
        "tokens": [token.text for token in told],
        "token_logprobs": [_bounded(token.logprob) for token in told],
        "top_logprobs": [_likeliest(token) for token in told],
        "text_offset": list(offsets)[:-1],
    }


def _saying(tokens: Sequence[Written]) -> list[Written]:
    """Without the marks around the text, such as its end."""
    return [token for token in tokens if token.text or not token.special]


def _shown(token: Written) -> dict[str, Any]:
    return {"token": token.text, "logprob": _bounded(token.logprob), "bytes": list(token.text.encode())}


def _likeliest(token: Written) -> dict[str, float]:
    told: dict[str, float] = {}
    for each in (token, *token.tops):
        told.setdefault(each.text, _bounded(each.logprob))
    return told


def _bounded(logprob: float | None) -> float:
    return LEAST if logprob is None else max(logprob, LEAST)

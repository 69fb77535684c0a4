"""Written text as text-generation-inference tells it: the details of an answer, and an event for each token."""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.errors import AppError, InvalidInput
from serve_app.ingress.dialects.base import Call, Writer
from serve_app.ingress.dialects.events import event
from serve_app.ingress.replies import error_body
from serve_app.types import Chunk, Done, Written

DETAILED = "details"
KINDS: Mapping[str, str] = {
    "input_too_long": "validation",
    "too_many_items": "validation",
    "model_error": "generation",
    "timeout": "incomplete_generation",
    "internal": "incomplete_generation",
    "replica_died": "incomplete_generation",
}
"""The words for errors that its clients know; every other kind is told as it is."""
_OF_A_STREAM = ("finish_reason", "generated_tokens", "input_length", "seed")
_OF_AN_ANSWER = ("finish_reason", "generated_tokens", "seed")


def call_with(call: Call) -> Call:
    """The call with what its answer needs: a stream tells of every token, and the best of many has the rest beside."""
    params = call.params
    if DETAILED not in type(params).model_fields:
        return call
    detailed, many = bool(getattr(params, DETAILED)), getattr(params, "sequences", 1)
    more: dict[str, Any] = {}
    if call.stream:
        if many > 1:
            field = "parameters.best_of" if getattr(params, "best_of", None) else "parameters.n"
            raise InvalidInput(f"`{field}` above 1 does not go with a stream: its events belong to one answer", field)
        more = {DETAILED: True}
    elif detailed and many > 1:
        more = {"n": many}
    return call._replace(params=params.model_copy(update=more) if more else params, asked={DETAILED: detailed})


def answer_of(call: Call, output: Any, word: str) -> Any:
    """An output with its details in these words, where it has any."""
    if not isinstance(output, dict) or not call.asked.get(DETAILED):
        return output
    choices = output[DETAILED]["choices"]
    text, written = output[word], choices[0]["generated_text"]
    before = text.removesuffix(written) if text.endswith(written) else ""
    if getattr(call.params, "best_of", None):
        choices = sorted(choices, key=_likelihood, reverse=True)
        text = before + choices[0]["generated_text"]
    details = _details(choices[0])
    if choices[1:]:
        details["best_of_sequences"] = [
            {"generated_text": before + choice["generated_text"], **_details(choice)} for choice in choices[1:]
        ]
    return output | {word: text, DETAILED: details}


class TokenEvents(Writer):
    """The last token comes with the whole text, and with the details where they were asked for."""

    def __init__(self, call: Call, word: str) -> None:
        self._word = word
        self._detailed = bool(call.asked.get(DETAILED))
        self._tops = bool(getattr(call.params, "top_n_tokens", None))
        self._told = 0
        self._held: Written | None = None

    def chunk(self, chunk: Chunk) -> bytes:
        tokens = list(chunk.tokens) or [Written(0, chunk.text, 0.0)]
        if chunk.last:
            self._held = tokens.pop()
        return b"".join(event(self._event(token)) for token in tokens)

    def done(self, done: Done) -> bytes:
        output, token = done.output, self._held or Written(0, "", 0.0, special=True)
        details = output.get(DETAILED, {})
        told = {name: details.get(name) for name in _OF_A_STREAM} if self._detailed else None
        return event(self._event(token) | {"generated_text": output[self._word], DETAILED: told})

    def error(self, error: AppError) -> bytes:
        return event(error_words(error))

    def _event(self, token: Written) -> dict[str, Any]:
        self._told += 1
        tops = {"top_tokens": [_shown(top) for top in token.tops]} if self._tops else {}
        return {"index": self._told, "token": _shown(token), **tops, "generated_text": None, DETAILED: None}


def error_words(error: AppError) -> dict[str, Any]:
    """An error with the kind that these clients know."""
    return error_body(error) | {"error_type": KINDS.get(error.kind, error.kind)}


def _details(choice: Mapping[str, Any]) -> dict[str, Any]:
    tops = {"top_tokens": choice["top_tokens"]} if choice["top_tokens"] else {}
    known = {name: choice[name] for name in _OF_AN_ANSWER}
    return {**known, "prefill": [], "tokens": choice["tokens"], **tops}


def _likelihood(choice: Mapping[str, Any]) -> float:
    known: Sequence[float] = [token["logprob"] for token in choice["tokens"] if token["logprob"] is not None]
    return sum(known) / len(known) if known else 0.0


def _shown(token: Written) -> dict[str, Any]:
    return {"id": token.id, "text": token.text, "logprob": token.logprob, "special": token.special}

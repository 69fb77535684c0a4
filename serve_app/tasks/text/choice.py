"""One answer to a prompt as it grows: tokens become text, news for whoever reads along, and an end with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from serve_app.tasks.sequences import Prompted, Token, Tops
from serve_app.tasks.text.continuation import Continuation
from serve_app.tasks.text.encoding import decode
from serve_app.tasks.text.sieve import Piece, Sieve, gathered
from serve_app.types import Chunk, Written

Finish = Literal["", "length", "eos_token", "stop_sequence"]


@dataclass
class Choice:
    """What one sequence has written; `finish` is empty until it is over, `thought` counts the tokens of thoughts."""

    sequence: Prompted
    number: int
    text: Continuation
    tokenizer: Any
    special: Collection[int]
    reads_along: bool
    detailed: bool
    sieve: Sieve | None = None
    ends_with_call: bool = False
    finish: Finish = ""
    count: int = 0
    thought: int = 0
    written: list[Written] = field(default_factory=list)
    untold: list[Written] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.finish != ""

    @property
    def answer(self) -> dict[str, Any]:
        """What was written, once it is over."""
        return {"generated_text": self.text.text} if self.sieve is None else self.sieve.answer()

    @property
    def mean_logprob(self) -> float:
        """How likely the answer was, whatever its length."""
        known = [each.logprob for each in self.written if each.logprob is not None]
        return sum(known) / len(known) if known else 0.0

    def take(self, token: Token) -> list[Chunk]:
        """One more token: the text to tell, if there is some."""
        self.count += 1
        self.thought += self.sieve is not None and self.sieve.thinks
        if token.id in self.sequence.sampling.ends:
            return self.end("eos_token", last=token)
        pieces = self._sifted(self.text.push(token.id))
        self._note(token, _text(pieces))
        if self.text.stopped or (self.ends_with_call and self.sieve is not None and self.sieve.called):
            return self.end("stop_sequence", pieces)
        if self.count >= self.sequence.at_most:
            return self.end("length", pieces)
        return self._chunks(pieces)

    def end(self, finish: Finish, pieces: Sequence[Piece] = (), last: Token | None = None) -> list[Chunk]:
        """No more tokens: what was not told yet."""
        self.finish = finish
        rest = self._sifted(self.text.finish())
        rest += [] if self.sieve is None else self.sieve.finish()
        if last is not None:
            self._note(last, _text(rest))
        elif rest and self.untold:
            # The end of a text that waited for more of it belongs to the token that it came with.
            self.untold[-1] = self.untold[-1]._replace(text=self.untold[-1].text + _text(rest))
            if self.written:
                self.written[-1] = self.untold[-1]
        return self._chunks([*pieces, *rest])

    def _sifted(self, text: str) -> list[Piece]:
        if self.sieve is not None:
            return self.sieve.push(text)
        return [Piece("content", text)] if text else []

    def _note(self, token: Token, piece: str) -> None:
        if not (self.detailed or self.reads_along):
            return
        special = token.id in self.special
        told = Written(token.id, piece, token.logprob, special, _named(token.tops, self.tokenizer, self.special))
        self.untold.append(told)
        if self.detailed:
            self.written.append(told)

    def _chunks(self, pieces: Sequence[Piece]) -> list[Chunk]:
        """One for each part of the answer; the tokens go with the last."""
        if not self.reads_along or not (pieces or (self.over and self.untold)):
            return []
        tokens, self.untold = tuple(self.untold), []
        *before, last = gathered(pieces) or [Piece("content", "")]
        return [
            *(Chunk(piece.text, (), self.number, piece.part) for piece in before),
            Chunk(last.text, tokens, self.number, last.part, last=self.over),
        ]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _named(tops: Tops, tokenizer: Any, special: Collection[int]) -> tuple[Written, ...]:
    return tuple(Written(id, decode(tokenizer, [id]), logprob, id in special) for id, logprob in tops)

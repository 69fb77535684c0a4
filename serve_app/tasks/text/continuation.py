"""A text as it grows token by token: told in whole characters, never with a part of a stop string."""

from collections.abc import Sequence
from typing import Any

from serve_app.tasks.text.encoding import decode

# Enough of the prompt to decode the first new token as in its place, and how far to look for a whole character.
_CONTEXT, _LONGEST_CONTEXT = 6, 12
_LONGEST_CHARACTER = 4
# So many tokens without a whole character at their end are noise, and to decode them all again at each step takes long.
_NOISE = 64
_BROKEN = "\ufffd"


class Continuation:
    """What one row has written so far; joined pieces of `push` and `finish` are the whole `text`."""

    def __init__(self, tokenizer: Any, prompt: Sequence[int], stops: Sequence[str], eager: bool) -> None:
        self._tokenizer = tokenizer
        self._ids = _context(tokenizer, prompt)
        self._start = len(self._ids)
        self._window = (0, self._start)
        self._stops = stops
        # Decoding at every step is only worth it when somebody reads along or the text may end the answer.
        self._eager = eager or bool(stops)
        self._sent = 0
        self.text = ""
        self.stopped = False

    @property
    def count(self) -> int:
        """New tokens so far."""
        return len(self._ids) - self._start

    def push(self, token: int) -> str:
        """Take a token; the text that is certain by now and was not told before."""
        self._ids.append(token)
        if not self._eager:
            return ""
        self._grow(self._decode_window())
        return self._tell(len(self.text) - self._held())

    def finish(self) -> str:
        """The rest of the text, without a character that was cut off in the middle."""
        if not self.stopped:
            whole = self._whole()
            self._grow(whole[len(self.text) :] if whole.startswith(self.text) else self._decode_window())
        return self._tell(len(self.text))

    def _whole(self) -> str:
        """All the new text; of a broken end the longest reading, since some decoders spoil a whole run."""
        known = len(self._decode(self._ids[: self._start]))
        text = self._decode(self._ids)
        if not text.endswith(_BROKEN):
            return text[known:]
        shorter = range(1, min(_LONGEST_CHARACTER, self.count + 1))
        readings = [text, *(self._decode(self._ids[:-dropped]) for dropped in shorter)]
        return max((reading.rstrip(_BROKEN) for reading in readings), key=len)[known:]

    def _decode(self, ids: list[int]) -> str:
        return decode(self._tokenizer, ids)

    def _decode_window(self) -> str:
        first, read = self._window
        before, after = self._decode(self._ids[first:read]), self._decode(self._ids[first:])
        hopeful = after.endswith(_BROKEN) and len(self._ids) - read < _NOISE
        if hopeful or len(after) <= len(before):
            return ""
        self._window = (read, len(self._ids))
        return after[len(before) :]

    def _grow(self, piece: str) -> None:
        old, self.text = len(self.text), self.text + piece
        ends = [self.text.find(stop, max(0, old - len(stop) + 1)) for stop in self._stops] if piece else []
        if found := [end for end in ends if end >= 0]:
            self.text, self.stopped = self.text[: min(found)], True

    def _held(self) -> int:
        """How much of the end could still become a stop string."""
        if self.stopped:
            return 0
        return max((begun(stop, self.text) for stop in self._stops), default=0)

    def _tell(self, until: int) -> str:
        piece = self.text[self._sent : until]
        self._sent = max(self._sent, until)
        return piece


def begun(stop: str, text: str) -> int:
    """How many characters at the end of the text are a beginning of the stop string, the whole of it left aside."""
    start = text.find(stop[0], max(0, len(text) - len(stop) + 1))
    while start >= 0 and not stop.startswith(text[start:]):
        start = text.find(stop[0], start + 1)
    return len(text) - start if start >= 0 else 0


def _context(tokenizer: Any, prompt: Sequence[int]) -> list[int]:
    """The end of the prompt, from the beginning of a character."""
    sizes = range(_CONTEXT, _LONGEST_CONTEXT + 1)
    ends = (list(prompt[-size:]) for size in sizes)
    return next((ids for ids in ends if _BROKEN not in decode(tokenizer, ids)), list(prompt[-_CONTEXT:]))

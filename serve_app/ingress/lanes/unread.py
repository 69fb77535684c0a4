"""The pieces of a stream that its reader has not taken yet: they join, and there is an end to how many are held."""

import asyncio
from itertools import groupby

from serve_app.types import Chunk

MOST_UNREAD = 1_000_000
"""About as many bytes; a reader that lets so much lie is cut."""
_TOKEN_BYTES = 200


class Unread:
    """Chunks on one side, on the other whatever has come since, as one chunk for each turn of a choice."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._size = 0
        self._over = False
        self._news = asyncio.Event()

    def put(self, chunk: Chunk) -> bool:
        """Whether there was room for it."""
        size = _size(chunk)
        if self._size + size > MOST_UNREAD:
            return False
        self._chunks.append(chunk)
        self._size += size
        self._news.set()
        return True

    def end(self) -> None:
        """No more will come."""
        self._over = True
        self._news.set()

    async def take(self) -> list[Chunk]:
        """What has come since, at least one chunk; nothing at all once it is over."""
        if not self._over:
            await self._news.wait()
        chunks, self._chunks, self._size = self._chunks, [], 0
        if not self._over:
            self._news.clear()
        return _joined(chunks)


def _joined(chunks: list[Chunk]) -> list[Chunk]:
    """Neighbours of the same choice and part become one."""
    if len(chunks) < 2:
        return chunks
    return [_one([*same]) for _, same in groupby(chunks, _kind)]


def _one(same: list[Chunk]) -> Chunk:
    text = "".join(chunk.text for chunk in same)
    return same[-1]._replace(text=text, tokens=tuple(token for chunk in same for token in chunk.tokens))


def _kind(chunk: Chunk) -> tuple[int, str]:
    return chunk.choice, chunk.part


def _size(chunk: Chunk) -> int:
    return len(chunk.text) + _TOKEN_BYTES * (1 + sum(1 + len(token.tops) for token in chunk.tokens))

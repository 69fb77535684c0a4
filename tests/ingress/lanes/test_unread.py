import asyncio

import pytest

from serve_app.ingress.lanes import unread
from serve_app.ingress.lanes.unread import Unread
from serve_app.types import Chunk, Written
from tests.ingress.lanes.replicas import settle


def chunk(text: str, choice: int = 0, part: str = "content", last: bool = False) -> Chunk:
    tokens = tuple(Written(ord(letter), letter) for letter in text)
    return Chunk(text, tokens, choice, "reasoning" if part == "reasoning" else "content", last)


async def test_a_chunk_goes_on_at_once() -> None:
    pieces = Unread()
    taking = asyncio.create_task(pieces.take())
    await settle()
    assert not taking.done()
    assert pieces.put(chunk("a"))
    assert await taking == [chunk("a")]


async def test_what_has_come_meanwhile_joins_where_it_belongs_together() -> None:
    pieces = Unread()
    for each in (
        chunk("a", part="reasoning"), chunk("b", part="reasoning"), chunk("c"), chunk("d", 1), chunk("e", 1),
        chunk("f"), chunk("g", last=True),
    ):  # fmt: skip
        assert pieces.put(each)
    assert await pieces.take() == [
        chunk("ab", part="reasoning"), chunk("c"), chunk("de", 1), chunk("fg", last=True),
    ]  # fmt: skip


async def test_the_end_comes_after_what_was_there() -> None:
    pieces = Unread()
    pieces.put(chunk("a"))
    pieces.end()
    assert await pieces.take() == [chunk("a")]
    assert await pieces.take() == []
    empty = Unread()
    taking = asyncio.create_task(empty.take())
    await settle()
    empty.end()
    assert await taking == []


async def test_there_is_room_again_once_it_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "MOST_UNREAD", 1000)
    pieces = Unread()
    assert [pieces.put(chunk("a")) for _ in range(4)] == [True, True, False, False]
    assert await pieces.take() == [chunk("aa")]
    assert pieces.put(chunk("b"))
    tops = Chunk("", (Written(1, tops=(Written(2),) * 4),))
    assert not pieces.put(tops), "the other candidates count as well"

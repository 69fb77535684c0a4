"""Conversations that are too long lose their oldest turns, and nothing else."""

from typing import Any

import pytest

from serve_app.tasks.text.chat.shortening import shortened

SYSTEM, USER, ASSISTANT, TOOL = ("system", "user", "assistant", "tool")


def conversation(*roles: str) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": str(place)} for place, role in enumerate(roles)], "continue": False}


def kept(chat: dict[str, Any], room: int) -> tuple[list[int] | None, int]:
    """The places of the messages that are left where so many fit, and how many messages were looked at for it."""
    looked = 0

    def attempt(asked: Any) -> list[int] | None:
        nonlocal looked
        assert asked["continue"] is False
        places = [int(message["content"]) for message in asked["messages"]]
        looked += len(places)
        return places if len(places) <= room else None

    return shortened(chat, attempt), looked


TURNS = [USER, ASSISTANT, TOOL, ASSISTANT] * 3


@pytest.mark.parametrize(
    ("room", "places"),
    [
        (3, None),
        (4, None),
        (5, [0, 9, 10, 11, 12]),
        (8, [0, 9, 10, 11, 12]),
        (9, [0, *range(5, 13)]),
        (12, [0, *range(5, 13)]),
        (13, list(range(13))),
    ],
)
def test_whole_turns_go_and_what_leads_stays(room: int, places: list[int] | None) -> None:
    assert kept(conversation(SYSTEM, *TURNS), room)[0] == places


def test_what_is_no_turn_goes_first() -> None:
    assert kept(conversation(ASSISTANT, USER, ASSISTANT, USER), 3)[0] == [1, 2, 3]
    assert kept(conversation(ASSISTANT, ASSISTANT), 1)[0] is None


@pytest.mark.parametrize("room", range(1, 1000, 37))
def test_the_work_follows_the_room(room: int) -> None:
    places, looked = kept(conversation(*[USER] * 1000), room)
    assert places == list(range(1000 - room, 1000))
    assert looked <= 2 * room + 2 * room * max(room.bit_length(), 1)

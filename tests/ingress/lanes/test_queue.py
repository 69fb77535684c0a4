import asyncio
import random

from serve_app.ingress.lanes.queue import LaneQueue
from serve_app.ingress.lanes.waiting import Waiting
from tests.ingress.lanes.replicas import asking, settle


def waiting(name: str, priority: int = 0) -> Waiting:
    return Waiting(asyncio.get_running_loop(), name, name, 1, asking(priority=priority))


def taken(queue: LaneQueue) -> list[str]:
    ids = []
    while (first := queue.pop()) is not None:
        ids.append(first.id)
        first.future.cancel()
    return ids


async def test_the_highest_priority_first_then_the_oldest() -> None:
    queue = LaneQueue()
    for name, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5), ("e", -1)):
        queue.push(waiting(name, priority))
    first = queue.peek()
    assert first is not None and first.id == "b"
    assert len(queue) == 5
    assert taken(queue) == ["b", "d", "a", "c", "e"]
    assert len(queue) == 0 and queue.pop() is None and queue.peek() is None


async def test_what_was_settled_counts_no_more_and_is_skipped() -> None:
    queue = LaneQueue()
    entries = [waiting(str(number)) for number in range(4)]
    for entry in entries:
        queue.push(entry)
    entries[0].future.cancel()
    entries[2].future.cancel()
    await settle()
    assert len(queue) == 2
    first = queue.peek()
    assert first is entries[1]
    assert taken(queue) == ["1", "3"]


async def test_the_count_stays_true_whatever_is_settled_when() -> None:
    # Callbacks of futures run a little later than the futures end, so counting and taking interleave in every way.
    chance = random.Random(0)
    queue = LaneQueue()
    entries: list[Waiting] = []
    for number in range(3000):
        entry = waiting(str(number), chance.randrange(3))
        entries.append(entry)
        queue.push(entry)
        for _ in range(chance.randrange(3)):
            chance.choice(entries).future.cancel()
        if chance.random() < 0.2 and (popped := queue.pop()) is not None:
            popped.future.cancel()
        if chance.random() < 0.1:
            await asyncio.sleep(0)
    await settle()
    staying = sum(entry.waits for entry in entries)
    assert len(queue) == staying > 0
    assert len(taken(queue)) == staying
    assert len(queue) == 0


async def test_what_was_settled_does_not_pile_up() -> None:
    queue = LaneQueue()
    staying = waiting("staying", -1)
    queue.push(staying)
    for number in range(1000):
        leaving = waiting(str(number))
        queue.push(leaving)
        leaving.future.cancel()
    await settle()
    assert len(queue) == 1
    assert len(queue._heap) < 200
    assert taken(queue) == ["staying"]

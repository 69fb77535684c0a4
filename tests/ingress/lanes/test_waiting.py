import asyncio

from serve_app.errors import DeadlineExceeded, Overloaded
from serve_app.ingress.lanes.waiting import Waiting
from serve_app.types import Done
from tests.ingress.lanes.replicas import asking, error_of, output, settle


def made(timeout_s: float = 30) -> Waiting:
    return Waiting(asyncio.get_running_loop(), "1", "text", 4, asking(timeout_s, priority=3, tenant="t", trace="r"))


async def test_an_item_carries_what_is_left_of_its_time() -> None:
    waiting = made(10)
    waiting.attempt = 1
    item = waiting.as_item(waiting.deadline - 4)
    assert (item.id, item.verb, item.input, item.priority, item.tenant, item.trace, item.attempt) == (
        "1", "predict", "text", 3, "t", "r", 1,
    )  # fmt: skip
    assert round(item.left_s, 6) == 4
    assert waiting.as_item(waiting.deadline + 1).left_s == 0
    waiting.future.cancel()


async def test_the_first_end_counts() -> None:
    waiting = made()
    waiting.answer(Done("first"))
    waiting.fail(Overloaded("late"))
    waiting.answer(Done("later"))
    assert await output(waiting) == "first"


async def test_the_deadline_ends_it_and_says_how_long_it_was() -> None:
    began = asyncio.get_running_loop().time()
    waiting = made(0.02)
    error = await error_of(waiting)
    assert 0.02 <= asyncio.get_running_loop().time() - began < 2
    assert isinstance(error, DeadlineExceeded)
    assert str(error) == "no answer within 0.02 s"


async def test_whoever_has_it_hears_once_that_nobody_waits() -> None:
    waiting = made()
    heard: list[bool] = []
    waiting.left = lambda: heard.append(waiting.waits)
    waiting.future.cancel()
    waiting.answer(Done("late"))
    await settle()
    assert heard == [False]

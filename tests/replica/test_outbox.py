"""The way back to the loop."""

import asyncio

from serve_app.replica.jobs import Job
from serve_app.replica.outbox import Outbox
from serve_app.types import Chunk, Done, Event, Item


def job(id: str, heard: list[Event]) -> Job:
    return Job(Item(id, "predict", None, None, 9), heard.append, 0.0, 9.0, 0)


async def test_sinks_are_called_on_the_loop_and_only_until_the_end() -> None:
    heard: list[Event] = []
    outbox = Outbox(asyncio.get_running_loop())
    one = job("a", heard)
    outbox.open([one])
    outbox.send([(one, Chunk("x")), (one, Done(1)), (one, Done(2)), (one, Chunk("y"))])
    assert heard == []
    await asyncio.to_thread(outbox.flush, 5)
    assert heard == [Chunk("x"), Done(1)]
    assert outbox.jobs() == []


async def test_one_wake_up_for_any_number_of_events() -> None:
    class Counted(asyncio.SelectorEventLoop):
        calls = 0

        def call_soon_threadsafe(self, *args, **kwargs):  # type: ignore[no-untyped-def, override]
            self.calls += 1
            return super().call_soon_threadsafe(*args, **kwargs)

    heard: list[Event] = []
    loop = Counted()
    outbox = Outbox(loop)
    jobs = [job(str(index), heard) for index in range(64)]
    outbox.open(jobs)
    outbox.send([(one, Done(index)) for index, one in enumerate(jobs)])
    outbox.send([])
    assert loop.calls == 1
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))
    loop.close()
    assert [end.output for end in heard if isinstance(end, Done)] == list(range(64))


async def test_a_closed_loop_is_nobody_to_tell() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    heard: list[Event] = []
    Outbox(loop).send([(job("a", heard), Done(1))])
    assert heard == []

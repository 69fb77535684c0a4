import asyncio
import contextvars

import pytest

from serve_app.errors import DeadlineExceeded, Internal, ModelFault, NotReady, Overloaded, ReplicaDied
from serve_app.ingress.lanes import lane as lanes
from serve_app.ingress.lanes.envelopes import ENVELOPE_BYTES, ENVELOPE_ITEMS, EnvelopeLane
from serve_app.ingress.lanes.lane import LaneLimits
from serve_app.ingress.lanes.retries import RESERVE
from serve_app.ingress.lanes.waiting import Waiting
from serve_app.types import Done, Failure
from tests.ingress.lanes.replicas import LIMITS, Replicas, asking, error_of, output, settle


@pytest.fixture
def lane(replicas: Replicas) -> EnvelopeLane:
    return EnvelopeLane("m", replicas, LIMITS)


def ask(lane: EnvelopeLane, *inputs: str, size: int = 10, timeout_s: float = 30, priority: int = 0) -> list[Waiting]:
    return lane.ask(inputs, [size] * len(inputs), asking(timeout_s, priority=priority))


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


async def answered(replicas: Replicas) -> None:
    """Answer everything until nothing is under way."""
    while pending := [call for call in replicas.calls if not call.end.done()]:
        for call in pending:
            call.answer()
        await settle()


async def test_idle_it_sends_at_once(lane: EnvelopeLane, replicas: Replicas) -> None:
    [waiting] = ask(lane, "a")
    await asyncio.sleep(0)
    assert replicas.sent == [["a"]]
    assert replicas.calls[0].envelope.backlog == 0
    replicas.calls[0].answer()
    assert await output(waiting) == "A"
    assert lane.backlog == 0


async def test_behind_a_full_window_it_gathers_and_goes_as_one(lane: EnvelopeLane, replicas: Replicas) -> None:
    first = [*ask(lane, "a"), *ask(lane, "b")]
    later = [each for name in names("c", 20) for each in ask(lane, name)]
    await settle()
    # One runs, one is ready behind it: the window of a single replica.
    assert replicas.sent == [["a"], ["b"]]
    assert lane.backlog == 20
    replicas.calls[0].answer()
    await settle()
    assert replicas.sent[2:] == [names("c", 20)]
    await answered(replicas)
    assert [await output(each) for each in (*first, *later)] == ["A", "B", *(name.upper() for name in names("c", 20))]


async def test_behind_a_large_envelope_few_do_not_go_alone(lane: EnvelopeLane, replicas: Replicas) -> None:
    large = ask(lane, *names("a", 40))
    few = ask(lane, *names("b", 19))
    await settle()
    assert [len(inputs) for inputs in replicas.sent] == [40]
    more = ask(lane, "b19")
    await settle()
    assert replicas.sent[1] == names("b", 20)
    await answered(replicas)
    for each in (*large, *few, *more):
        await output(each)


async def test_an_envelope_holds_so_many_items(lane: EnvelopeLane, replicas: Replicas) -> None:
    waiting = ask(lane, *names("a", ENVELOPE_ITEMS + 40))
    await settle()
    assert [len(inputs) for inputs in replicas.sent] == [ENVELOPE_ITEMS, 40]
    await answered(replicas)
    assert await output(waiting[-1]) == f"A{ENVELOPE_ITEMS + 39}"


async def test_a_larger_batch_makes_for_larger_envelopes(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LaneLimits(max_queued=1000, max_batch_size=200))
    ask(lane, *names("a", 300))
    await settle()
    assert [len(inputs) for inputs in replicas.sent] == [200, 100]
    await answered(replicas)


async def test_an_envelope_holds_so_many_bytes_and_a_large_item_goes_alone(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LIMITS)
    replicas.count = 10
    sizes = [ENVELOPE_BYTES // 2, ENVELOPE_BYTES // 2, 1, 3 * ENVELOPE_BYTES, 5, 5]
    lane.ask(names("a", 6), sizes, asking())
    await settle()
    assert replicas.sent == [["a0", "a1"], ["a2"], ["a3"], ["a4", "a5"]]
    await answered(replicas)


async def test_priorities_go_first(lane: EnvelopeLane, replicas: Replicas) -> None:
    ask(lane, "a")
    ask(lane, "b")
    for name, priority in (("low", -5), ("usual", 0), ("high", 5)):
        ask(lane, name, priority=priority)
    await settle()
    replicas.calls[0].answer()
    await settle()
    assert replicas.sent[2] == ["high", "usual", "low"]
    assert [item.priority for item in replicas.calls[2].envelope.items] == [5, 0, -5]
    await answered(replicas)


async def test_replicas_are_told_what_waits_behind(lane: EnvelopeLane, replicas: Replicas) -> None:
    ask(lane, *names("a", ENVELOPE_ITEMS * 2 + 7))
    await settle()
    assert [call.envelope.backlog for call in replicas.calls] == [7, 7]
    await answered(replicas)
    assert replicas.calls[2].envelope.backlog == 0


async def test_the_window_grows_with_the_replicas(lane: EnvelopeLane, replicas: Replicas) -> None:
    ask(lane, *names("a", ENVELOPE_ITEMS * 7))
    await settle()
    assert len(replicas.calls) == 2
    replicas.count = 3
    lane.pump()
    await settle()
    assert len(replicas.calls) == 6
    await answered(replicas)


async def test_without_a_replica_exactly_one_call_goes_out_to_wake_the_model(
    lane: EnvelopeLane, replicas: Replicas
) -> None:
    replicas.count = 0
    for name in names("a", 30):
        ask(lane, name)
    await settle()
    assert replicas.sent == [["a0"]]
    assert lane.backlog == 29
    replicas.count = 1
    lane.pump()
    await settle()
    assert replicas.sent == [["a0"], names("a", 30)[1:]]
    await answered(replicas)


async def test_a_deadline_in_the_queue(lane: EnvelopeLane, replicas: Replicas) -> None:
    ask(lane, "a")
    ask(lane, "b")
    [late] = ask(lane, "late", timeout_s=0.02)
    [patient] = ask(lane, "patient")
    began = asyncio.get_running_loop().time()
    assert isinstance(await error_of(late), DeadlineExceeded)
    assert 0.015 <= asyncio.get_running_loop().time() - began < 2
    await settle()
    assert lane.backlog == 1
    replicas.calls[0].answer()
    await settle()
    assert replicas.sent[2] == ["patient"]
    await answered(replicas)
    assert await output(patient) == "PATIENT"


async def test_a_deadline_under_way_leaves_the_others_alone(lane: EnvelopeLane, replicas: Replicas) -> None:
    [late] = ask(lane, "late", timeout_s=0.02)
    await settle()
    assert 0 < replicas.calls[0].envelope.items[0].left_s <= 0.02
    assert isinstance(await error_of(late), DeadlineExceeded)
    await settle()
    assert replicas.calls[0].cancelled


async def test_a_full_queue_refuses_one_and_a_list_alike(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LaneLimits(max_queued=10, max_batch_size=1))
    ask(lane, "a")
    ask(lane, "b")
    ask(lane, *names("c", 7))
    for inputs in (names("list", 4), names("many", 1000)):
        with pytest.raises(Overloaded) as refused:
            ask(lane, *inputs)
        assert "7 inputs wait for this model already, and its limit is 10" in str(refused.value)
        assert refused.value.retry_after_s == 1.0
    assert lane.backlog == 7, "all of a list or none"
    ask(lane, *names("d", 3))
    with pytest.raises(Overloaded):
        ask(lane, "e")
    await settle()
    await answered(replicas)
    ask(lane, "f")
    await settle()
    await answered(replicas)


async def test_a_list_longer_than_the_queue_is_taken_when_nothing_waits(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LaneLimits(max_queued=2, max_batch_size=1))
    waiting = ask(lane, *names("a", 200))
    await settle()
    await answered(replicas)
    assert [await output(each) for each in waiting] == [name.upper() for name in names("a", 200)]


async def test_retry_after_follows_what_is_drained(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LaneLimits(max_queued=300, max_batch_size=1))
    ask(lane, "a")
    await asyncio.sleep(0.05)
    ask(lane, "b")
    for name in names("c", 300):
        ask(lane, name)
    for _ in range(2):
        await asyncio.sleep(0.05)
        next(call for call in replicas.calls if not call.end.done()).answer()
        await settle()
    ask(lane, *names("d", 300 - lane.backlog))
    with pytest.raises(Overloaded) as refused:
        ask(lane, "e")
    # Two were answered in 0.15 s or a little more, so 300 take 22 s or a little more.
    assert refused.value.retry_after_s is not None and 20 < refused.value.retry_after_s <= 60
    await settle()
    await answered(replicas)


async def test_who_leaves_does_not_take_the_others(lane: EnvelopeLane, replicas: Replicas) -> None:
    leaving, staying = ask(lane, "leaving", "staying")
    await settle()
    leaving.future.cancel()
    await settle()
    assert not replicas.calls[0].cancelled
    replicas.calls[0].answer()
    assert await output(staying) == "STAYING"


async def test_the_last_to_leave_cancels_the_call(lane: EnvelopeLane, replicas: Replicas) -> None:
    waiting = ask(lane, "a", "b", "c")
    await settle()
    for each in waiting:
        assert not replicas.calls[0].cancelled
        each.future.cancel()
        await settle()
    assert replicas.calls[0].cancelled
    [next_one] = ask(lane, "next")
    await settle()
    await answered(replicas)
    assert await output(next_one) == "NEXT"


async def test_a_request_that_is_cancelled_does_not_cancel_the_call_it_caused(
    lane: EnvelopeLane, replicas: Replicas
) -> None:
    mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="none")
    seen: list[str] = []
    send = replicas.send

    async def spying(envelope):  # type: ignore[no-untyped-def]
        seen.append(mark.get())
        return await send(envelope)

    replicas.send = spying  # type: ignore[method-assign]
    mark.set("a request's own")
    [waiting] = ask(lane, "a")
    await settle()
    assert seen == ["none"]
    await answered(replicas)
    await output(waiting)


async def test_one_poisoned_item_fails_alone(lane: EnvelopeLane, replicas: Replicas) -> None:
    good, bad, fine = ask(lane, "good", "bad", "fine")
    await settle()
    replicas.calls[0].answer(bad=Failure("model_error", "the model failed on this input"))
    error = await error_of(bad)
    assert (type(error), str(error)) == (ModelFault, "the model failed on this input")
    assert [await output(good), await output(fine)] == ["GOOD", "FINE"]


async def test_an_error_of_the_call_holds_for_all(lane: EnvelopeLane, replicas: Replicas) -> None:
    waiting = ask(lane, "a", "b")
    await settle()
    replicas.calls[0].refuse(NotReady("it failed to deploy", retry_after_s=30))
    for each in waiting:
        error = await error_of(each)
        assert (type(error), str(error), error.retry_after_s) == (NotReady, "it failed to deploy", 30)


@pytest.mark.filterwarnings("ignore")
async def test_an_unforeseen_error_still_answers_all_and_frees_the_window(
    lane: EnvelopeLane, replicas: Replicas, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = [*ask(lane, "a"), *ask(lane, "b")]
    await settle()
    replicas.calls[0].refuse(RuntimeError("inside"))
    replicas.calls[1].end.set_result([])  # not one event for each item
    for each in waiting:
        error = await error_of(each)
        assert (type(error), str(error)) == (Internal, "the call to the model failed")
    [next_one] = ask(lane, "next")
    await settle()
    await answered(replicas)
    assert await output(next_one) == "NEXT"


async def test_a_call_that_is_cancelled_from_the_other_side_still_answers(
    lane: EnvelopeLane, replicas: Replicas
) -> None:
    waiting = ask(lane, "a", "b")
    await settle()
    replicas.calls[0].end.cancel()
    for each in waiting:
        assert isinstance(await error_of(each), NotReady)


async def test_what_a_dead_replica_had_is_sent_again_once_in_halves(lane: EnvelopeLane, replicas: Replicas) -> None:
    waiting = ask(lane, *names("a", 5))
    await settle()
    fresh = ask(lane, "fresh")
    replicas.calls[0].die()
    await settle()
    assert replicas.sent[1:3] == [["a0", "a1", "a2"], ["a3", "a4"]]
    assert all("fresh" not in inputs for inputs in replicas.sent[:3])
    assert [item.attempt for item in replicas.calls[1].envelope.items] == [1, 1, 1]
    replicas.calls[1].answer()
    await settle()
    replicas.calls[2].die()
    await settle()
    assert [await output(each) for each in waiting[:3]] == ["A0", "A1", "A2"]
    for each in waiting[3:]:
        error = await error_of(each)
        assert (type(error), error.status) == (ReplicaDied, 500)
        assert str(error) == "the model's process ended twice while it had this input"
    await answered(replicas)
    assert await output(fresh[0]) == "FRESH"
    assert len(replicas.calls) == 4


async def test_who_left_is_not_sent_again(lane: EnvelopeLane, replicas: Replicas) -> None:
    leaving, staying = ask(lane, "leaving", "staying")
    await settle()
    leaving.future.cancel()
    replicas.calls[0].die()
    await settle()
    assert replicas.sent[1:] == [["staying"]]
    await answered(replicas)
    assert await output(staying) == "STAYING"


async def test_what_was_not_started_is_sent_again_as_often_as_it_takes(
    lane: EnvelopeLane, replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "PAUSE_S", 0.001)
    [waiting] = ask(lane, "a")
    for attempt in range(RESERVE + 10):
        while len(replicas.calls) <= attempt:
            await asyncio.sleep(0.001)
        assert replicas.calls[attempt].envelope.items[0].attempt == attempt
        replicas.calls[attempt].give_back()
    while len(replicas.calls) <= RESERVE + 10:
        await asyncio.sleep(0.001)
    await answered(replicas)
    assert await output(waiting) == "A"


async def test_what_was_not_started_goes_along_with_others_and_keeps_its_deadline(
    lane: EnvelopeLane, replicas: Replicas
) -> None:
    [back] = ask(lane, "back", timeout_s=0.5)
    [late] = ask(lane, "late", timeout_s=0.04)
    await settle()
    replicas.calls[0].give_back()
    replicas.calls[1].give_back()
    await settle()
    assert isinstance(await error_of(late), DeadlineExceeded)
    await asyncio.sleep(lanes.PAUSE_S)
    assert replicas.sent[2:] == [["back"]]
    assert replicas.calls[2].envelope.items[0].left_s < 0.47
    await answered(replicas)
    assert await output(back) == "BACK"


async def test_retries_stay_below_a_tenth_beyond_the_reserve(replicas: Replicas) -> None:
    lane = EnvelopeLane("m", replicas, LIMITS)
    replicas.count = 100
    waiting = ask(lane, *names("a", 1000))
    await settle()
    for call in list(replicas.calls):
        call.die()
    await settle()
    await answered(replicas)
    ends = [each.future.exception() for each in waiting]
    assert sum(end is None for end in ends) == RESERVE
    refused = [end for end in ends if end is not None]
    assert {type(end) for end in refused} == {NotReady}
    assert "too much is being sent again already" in str(refused[0])
    fresh = ask(lane, *names("b", 100))
    await settle()
    [call] = [call for call in replicas.calls if not call.end.done()][:1]
    call.die()
    await settle()
    await answered(replicas)
    assert sum(each.future.exception() is None for each in fresh) == 10 + (100 - len(call.inputs))


async def test_done_carries_what_the_replica_measured(lane: EnvelopeLane, replicas: Replicas) -> None:
    [waiting] = ask(lane, "a")
    await settle()
    done = Done("X")
    replicas.calls[0].end.set_result([done])
    assert await asyncio.wait_for(waiting.future, 1) is done

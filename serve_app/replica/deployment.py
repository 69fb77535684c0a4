"""A model as a Ray Serve deployment: what its handle offers, and how Serve keeps an eye on it."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any

import ray
from ray import serve
from ray.serve.metrics import Counter, Gauge

from serve_app.collector import calm_collector
from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.errors import ModelCannotLoad
from serve_app.meters import EXPORT_S, Meters
from serve_app.precedence import go_first
from serve_app.refusals import full_queue
from serve_app.replica import engines
from serve_app.replica.autoscaling import BACKLOG, ITEMS
from serve_app.replica.backlogs import Backlogs
from serve_app.replica.calls import HandleCalls
from serve_app.replica.executors import executor_for
from serve_app.replica.executors.base import Executor
from serve_app.replica.gathering import gathered
from serve_app.replica.interpreter import short_turns
from serve_app.replica.loading import LoadGate
from serve_app.replica.patience import Patience
from serve_app.replica.stream import events
from serve_app.replica.warmup import warm
from serve_app.replica.worker import Worker
from serve_app.types import Chunk, Done, Ends, Envelope, Event, Failure, Item, seal, unseal

MERGED_ENVELOPES = 256
"""`@serve.batch` merges what has arrived, from every ingress and every Python caller; the worker does the batching."""
logger = logging.getLogger("ray.serve")


class ModelDeployment:
    """One model in one process. From Python: `predict` and `stream`, checked and batched as over HTTP."""

    async def __init__(self, model: Model) -> None:  # type: ignore[misc]  # Serve awaits it
        if model.resources.num_gpus == 0:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # Ray leaves every GPU visible to those that asked for none
        go_first()
        calm_collector()
        short_turns()
        self._contract = contract = Contract(model)
        self._calls = HandleCalls(contract)
        self._engine = engines.find(model.engine)()
        self._meters = Meters()
        self._backlogs = Backlogs()
        self._by_handle = 0
        patience = Patience(model, ray.get_runtime_context().get_node_id())
        await asyncio.sleep(patience.pause_s())
        loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self._engine.fetch, model)
            async with LoadGate().passed(model.name):
                kit = await asyncio.to_thread(self._engine.load, model, contract.task)
                task = contract.task.variant(kit.whole_config)
                task.check(kit)
                self._executor: Executor = executor_for(task, self._engine, kit, model, loop, _end_process)
                if model.warmup:
                    await warm(self._executor, contract)
        except Exception as error:
            patience.failed()
            told = str(error) if isinstance(error, ModelCannotLoad) else f"{type(error).__name__}: {error}"
            raise ModelCannotLoad(told) from None
        patience.loaded()
        self._exporting = loop.create_task(self._export())

    async def predict(
        self, input: Any, parameters: dict[str, Any] | None = None, *, timeout_s: float | None = None
    ) -> Any:
        """The answer to one input, or the list of answers to a list of inputs.

        `parameters` are the task's own, over the config's. What is wrong with the call raises the same errors as
        over HTTP (`serve_app.errors`), by their class.
        """
        items = self._calls.items("predict", input, parameters, timeout_s)
        with self._admitted(len(items)):
            ends = await self._ends(Envelope(items))
        outputs = self._calls.outputs(ends, single=not isinstance(input, list))
        return outputs if isinstance(input, list) else outputs[0]

    async def stream(
        self, input: Any, parameters: dict[str, Any] | None = None, *, timeout_s: float | None = None
    ) -> AsyncIterator[Chunk | Done]:
        """One input's answer as it grows: any number of `Chunk`, then one `Done` with the whole.

        Call it by `handle.options(stream=True).stream.remote(…)`.
        """
        [item] = self._calls.items("stream", [input], parameters, timeout_s)
        async with contextlib.aclosing(self._events(item)) as told:
            with self._admitted(1):
                async for event in told:
                    if isinstance(event, Failure):
                        self._calls.outputs([event], single=True)
                    else:
                        yield event

    async def envelope(self, sealed: bytes, ingress: str) -> bytes:
        """The lanes' call: every item's end, in order; nothing that is wrong with an item is raised."""
        envelope: Envelope = unseal(sealed)
        self._backlogs.tell(ingress, envelope.backlog)
        return seal(await self._ends(envelope))

    @contextlib.contextmanager
    def _admitted(self, items: int) -> Iterator[None]:
        """A call by handle has no lane that says when there are too many; over HTTP this was asked before."""
        load, limit = self._executor.load(), self._contract.model.limits.max_queued_requests
        # Calls of one burst are counted here, since they reach the executor only after the batching task.
        at_hand = max(load.items, self._by_handle)
        if at_hand and at_hand + items > limit:
            raise full_queue(at_hand, limit, load.drained_per_s)
        self._by_handle += items
        try:
            yield
        finally:
            self._by_handle -= items

    async def _ends(self, envelope: Envelope) -> Ends:
        try:
            # A lone envelope has nobody to be merged with, and is spared the way through the batching task.
            merged = self._accept(envelope) if self._executor.busy else None
            answers = await merged if merged is not None else gathered(self._executor, envelope.items)
            return self._metered(await answers)
        except asyncio.CancelledError:
            for item in envelope.items:
                self._executor.cancel(item.id)
            raise

    async def events(self, item: Item, backlog: int, ingress: str) -> AsyncIterator[Event]:
        """The lanes' call for long verbs: one item's events; leaving it cancels the item."""
        self._backlogs.tell(ingress, backlog)
        async with contextlib.aclosing(self._events(item)) as told:
            async for event in told:
                yield event

    async def _events(self, item: Item) -> AsyncGenerator[Event, None]:
        # A generator that is left does not close the one inside it, and that is the one that cancels the item.
        async with contextlib.aclosing(events(self._executor, item)) as told:
            async for event in told:
                if not isinstance(event, Chunk):
                    self._metered([event])
                yield event

    async def card(self) -> dict[str, Any]:
        """What is known of the loaded model."""
        return self._engine.card()._asdict() | {"visible_gpus": os.environ.get("CUDA_VISIBLE_DEVICES", "")}

    @serve.batch(max_batch_size=MERGED_ENVELOPES, batch_wait_timeout_s=0)  # type: ignore[untyped-decorator]
    async def _accept(self, envelopes: list[Envelope]) -> list["asyncio.Future[Ends]"]:
        return [gathered(self._executor, envelope.items) for envelope in envelopes]

    async def record_autoscaling_stats(self) -> dict[str, float]:
        return {ITEMS: self._executor.load().items, BACKLOG: self._backlogs.total()}

    async def check_health(self) -> None:
        # The watchdog comes first and gives back what waits; this is for the day when it does not.
        load, limit_s = self._executor.load(), max(self._contract.model.limits.timeout_s, Worker.hangs_after_s)
        if load.stuck_s > 2 * limit_s:
            raise RuntimeError(f"nothing has moved for {load.stuck_s:.0f} s")

    async def __del__(self) -> None:
        executor = getattr(self, "_executor", None)
        if executor is not None:
            await asyncio.to_thread(executor.close, 5.0)
            self._engine.close()

    def _metered(self, ends: Sequence[Done | Failure]) -> Ends:
        add, name = self._meters.add, self._contract.name
        for event in ends:
            if isinstance(event, Failure):
                add("serve_app_item_failures_total", 1, name, event.kind)
                continue
            timings = event.timings
            add("serve_app_items_total", 1, name)
            add("serve_app_stage_seconds_total", timings.queue_s, name, "queue")
            add("serve_app_stage_seconds_total", timings.prepare_s, name, "prepare")
            add("serve_app_stage_seconds_total", timings.run_s, name, "run")
            add("serve_app_stage_seconds_total", timings.finish_s, name, "finish")
            add("serve_app_batch_rows_total", timings.batch_size, name)
            add("serve_app_tokens_total", timings.tokens, name)
            add("serve_app_padded_tokens_total", timings.padded_tokens, name)
        return list(ends)

    async def _export(self) -> None:
        while True:
            await asyncio.sleep(EXPORT_S)
            try:
                self._meters.level("serve_app_ongoing_items", self._executor.load().items, self._contract.name)
                self._meters.export(Counter, Gauge)
            except Exception:
                logger.exception("the metrics of this second are lost")


def _end_process() -> None:
    """A thread that hangs cannot be stopped: end the process, and Ray starts another."""
    os._exit(1)

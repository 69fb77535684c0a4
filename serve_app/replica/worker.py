"""The heart of a replica: one thread that runs the model batch by batch, one that prepares what runs next."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded
from serve_app.replica.attending import Attending, TaskT
from serve_app.replica.batches import Bounds, Pool
from serve_app.replica.faults import failure_of
from serve_app.replica.jobs import Piece
from serve_app.replica.preparing import prepare
from serve_app.replica.queue import Queue, Turn
from serve_app.replica.studying import studied
from serve_app.tasks.base import Engine
from serve_app.tasks.kit import Kit


class Worker(Attending[TaskT]):
    """What the executors of whole batches share; a subclass says how one batch runs, and what padding costs."""

    def __init__(
        self,
        task: TaskT,
        engine: Engine,
        kit: Kit,
        model: Model,
        loop: asyncio.AbstractEventLoop,
        on_stuck: Callable[[], None],
    ) -> None:
        self._bounds = Bounds(model.batching, self.free_padding(model))
        self._queue = Queue(Pool(self._bounds), model.batching.max_batch_size, model.batching.wait_ms / 1000)
        super().__init__(task, engine, kit, model, self._queue, loop, on_stuck)
        self.start()

    @abstractmethod
    def attempt(self, pieces: Sequence[Piece]) -> None:
        """Run one batch and settle its jobs; raise, and whatever is not settled runs again in halves."""

    @abstractmethod
    def free_padding(self, model: Model) -> float:
        """How many tokens of padding cost no more than another batch would."""

    def infer(self) -> None:
        while (turn := self._queue.turn()) is not None:
            self.pulse.beat()
            self._prepare(turn)
            self._run(turn.batch)
            self.pulse.rest()

    def help(self) -> None:
        while (turn := self._queue.arrivals()) is not None:
            self.helper_pulse.beat()
            self._prepare(turn)
            self.helper_pulse.rest()

    def _prepare(self, turn: Turn) -> None:
        late = DeadlineExceeded("the time was over before the model was free")
        self.end((job, late.as_failure(job.started)) for job in turn.expired)
        if turn.arrivals:
            began = time.monotonic()
            prepared = prepare(turn.arrivals, self.task, self.kit)
            took_s = time.monotonic() - began
            for job in turn.arrivals:
                job.prepare_s = took_s
            self._queue.ready(studied(prepared.pieces, self.engine, self._queue.late, self.end))
            self.end(prepared.failures)

    def _run(self, batch: Sequence[Piece]) -> None:
        pending = [batch] if batch else []
        while pending:
            pieces = [piece for piece in pending.pop() if not piece.job.over]
            if not pieces:
                continue
            self.pulse.beat()
            try:
                self.attempt(pieces)
            except Exception as error:
                pending += self._halves(pieces, error)
            else:
                self._bounds.grow(pieces)
            self.flush()

    def _halves(self, pieces: Sequence[Piece], error: Exception) -> list[list[Piece]]:
        """What runs again after a fault; a job that was alone with it, or cannot run twice, gets it as its answer."""
        if isinstance(error, MemoryError) and len(pieces) > 1:
            self._bounds.shrink(pieces)
        left = [piece for piece in pieces if not piece.job.over]
        lost = {piece.job: None for piece in left if len(pieces) == 1 or piece.job.streamed}
        if lost:
            failure = failure_of(error)
            for job in lost:
                self.settle(job, failure)
        again = [piece for piece in left if piece.job not in lost]
        middle = (len(again) + 1) // 2
        return [half for half in (again[middle:], again[:middle]) if half]

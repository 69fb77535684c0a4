"""Answers that grow side by side: a prompt joins the running batch at the next step, a finished one leaves it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded, InputTooLong
from serve_app.replica.arrivals import Arrivals
from serve_app.replica.attending import Attending
from serve_app.replica.beams import search
from serve_app.replica.faults import failure_of
from serve_app.replica.gathered_chunks import GatheredChunks
from serve_app.replica.jobs import Job, Piece
from serve_app.replica.preparing import prepare
from serve_app.replica.studying import studied
from serve_app.tasks.base import Engine
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Prompted, Sequences, Token
from serve_app.tasks.text.choice import Choice
from serve_app.tasks.text.faults import failure_of_row
from serve_app.tasks.text.generating import GeneratingTask
from serve_app.tasks.text.reply import Reply
from serve_app.types import Chunk, Done, Event, Failure

OVERTAKEN_S = 0.5
"""So long requests for the adapter that runs go before one for another; then the running ones end, and it begins."""


class Growing(NamedTuple):
    """A sequence in the running batch: whose it is, and which of the answers."""

    piece: Piece
    reply: Reply
    choice: Choice


class GenerationExecutor(Attending[GeneratingTask]):
    """Runs causal models; every item has its own way of sampling, and leaves as soon as it is done."""

    def __init__(
        self,
        task: GeneratingTask,
        engine: Engine,
        kit: Kit,
        model: Model,
        loop: asyncio.AbstractEventLoop,
        on_stuck: Callable[[], None],
    ) -> None:
        sequences = engine.sequences()
        assert sequences is not None, "the table of executors asked the engine before"
        self._sequences: Sequences = sequences
        self._rows = model.batching.max_batch_size
        self._arrivals = Arrivals()
        self._growing: dict[str, Growing] = {}
        self._suspects: list[Piece] = []
        self._chunks = GatheredChunks()
        super().__init__(task, engine, kit, model, self._arrivals, loop, on_stuck)
        self.start()

    def help(self) -> None:
        while (jobs := self._arrivals.arrived()) is not None:
            self.helper_pulse.beat()
            began = time.monotonic()
            wanted = [job for job in jobs if not job.over]
            prepared = prepare(wanted, self.task, self.kit)
            for job in wanted:
                job.prepare_s = time.monotonic() - began
            self.end(prepared.failures)
            self._arrivals.ready(studied(prepared.pieces, self.engine, self._arrivals.ready, self.end))
            self.helper_pulse.rest()

    def infer(self) -> None:
        while (waiting := self._arrivals.waiting(block=not (self._growing or self._suspects))) is not None:
            self._admit(waiting)
            self._go_on()
            if not self._growing:
                self.pulse.rest()

    def _leave(self) -> None:
        """Whoever nobody waits for any more, or whose time is over, frees its place before the next step."""
        now = time.monotonic()
        late = DeadlineExceeded("the time was over before the answer was whole").as_failure()
        for id, growing in list(self._growing.items()):
            job = growing.piece.job
            if not job.over and now > job.deadline:
                self.settle(job, late)
            if job.over:
                self._drop(id)

    def _admit(self, waiting: Sequence[Piece]) -> None:
        """The first in rank as long as there is room: one that does not fit yet is not overtaken for ever."""
        if self._suspects:
            if not self._growing:
                self._begin(self._suspects.pop(0))
            return
        late = DeadlineExceeded("the time was over before the model was free").as_failure(started=False)
        now = time.monotonic()
        self.end((piece.job, late) for piece in waiting if not piece.job.over and now > piece.job.deadline)
        done = [piece for piece in waiting if piece.job.over]
        for piece in waiting:
            if piece.job.over:
                continue
            if not self._befits(piece):
                if now - piece.job.arrived > OVERTAKEN_S:
                    break
            elif self._begin(piece):
                done.append(piece)
            else:
                break
        self._arrivals.remove(done)

    def _befits(self, piece: Piece) -> bool:
        """All that run share one adapter; who waits for another may be overtaken, but only for a while."""
        running = next((growing.choice.sequence.adapter for growing in self._growing.values()), None)
        return running in (None, piece.job.item.params.adapter_id or "")

    def _begin(self, piece: Piece) -> bool:
        """Let an item join with all of its answers; false when there is no room now."""
        try:
            if self.task.beams(piece.job.item, self.kit) > 1:
                piece.job.started = True
                search(self.task, piece, self.kit, self.engine, self._hear, self._go_on)
                return True
            reply = self.task.begin(piece.job.item, piece.row, self.kit)
        except Exception as error:
            self.end([(piece.job, failure_of(error))])
            return True
        sequences = [choice.sequence for choice in reply.choices]
        if not self._sequences.holds(sequences):
            self.end([(piece.job, self._too_large(sequences).as_failure())])
            return True
        full = self._growing and len(self._growing) + len(sequences) > self._rows
        if full or not self._sequences.admits(sequences):
            return False
        piece.job.started = True
        for choice in reply.choices:
            self._sequences.join(choice.sequence)
            self._growing[choice.sequence.id] = Growing(piece, reply, choice)
        return True

    def _hear(self, job: Job, event: Event) -> None:
        if isinstance(event, Chunk):
            self.say(job, event)
        elif not job.over:
            self.settle(job, event)

    def _go_on(self) -> None:
        self.pulse.beat()
        self._leave()
        self._step()
        self._tell()

    def _step(self) -> None:
        if not self._growing:
            return
        began = time.monotonic()
        try:
            tokens = self._sequences.step()
        except Exception as error:
            self._recover(error)
            return
        took_s, count = time.monotonic() - began, len(self._growing)
        for token in tokens:
            if (growing := self._growing.get(token.sequence)) is not None:
                self._take(growing, token, took_s, count)

    def _take(self, growing: Growing, token: Token, took_s: float, count: int) -> None:
        job = growing.piece.job
        job.run_s += took_s / len(growing.reply.choices)
        job.batch_size = max(job.batch_size, count)
        job.padded_tokens = growing.piece.row.length
        if job.over:
            return
        if token.fault is not None:
            self.settle(job, failure_of_row(token.fault))
            return
        for chunk in growing.choice.take(token):
            self._chunks.add(job, chunk)
        if growing.choice.over:
            self._drop(token.sequence)
        if growing.reply.over:
            self._chunks.hand_over(job, self.say)
            self.settle(job, self._done(job, growing.reply))

    def _done(self, job: Job, reply: Reply) -> Done | Failure:
        try:
            return Done(reply.done().output, job.timings(time.monotonic()))
        except Exception as error:
            return failure_of(error)

    def _tell(self) -> None:
        self._chunks.hand_over_due(self.say, urgent=len(self._growing) <= 1)
        self.flush()

    def _drop(self, id: str) -> None:
        self._sequences.leave(id)
        del self._growing[id]

    def _recover(self, error: Exception) -> None:
        """A step failed for all of them: each is tried again by itself, but for those that have told a part already."""
        rows, pieces = len(self._growing), {each.piece.job: each.piece for each in self._growing.values()}
        self._growing.clear()
        self._chunks.forget()
        self._sequences.reset()
        again = [piece for job, piece in pieces.items() if not (job.over or job.streamed) and len(pieces) > 1]
        failure = failure_of(error)
        for job, piece in pieces.items():
            if not job.over and piece not in again:
                self.settle(job, failure)
        if isinstance(error, MemoryError):
            # Too many, and none of them at fault: fewer at once from now on.
            self._rows = max(rows // 2, 1)
            self._arrivals.ready(again)
        else:
            self._suspects += again

    def _too_large(self, sequences: Sequence[Prompted]) -> InputTooLong:
        wanted = sum(len(sequence.prompt) + sequence.at_most for sequence in sequences)
        return InputTooLong(
            f"the prompt and the answers asked for take {wanted} tokens, and this replica holds "
            f"{self._sequences.capacity}: ask for less, or raise engine_options.cache_tokens"
        )

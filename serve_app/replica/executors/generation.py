"""Answers that grow side by side: a prompt joins the running batch at the next step, a finished one leaves it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from serve_app.config.schema import Model
from serve_app.errors import DeadlineExceeded, InputTooLong, InvalidInput
from serve_app.replica.arrivals import Arrivals
from serve_app.replica.attending import Attending
from serve_app.replica.beams import search
from serve_app.replica.faults import failure_of
from serve_app.replica.growing import Growing
from serve_app.replica.jobs import Job, Piece
from serve_app.replica.preparing import prepare
from serve_app.replica.studying import is_known, studied
from serve_app.replica.turns import Turn, adapter_of
from serve_app.replica.width import Width
from serve_app.tasks.base import Engine
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Prompted, Sequences
from serve_app.tasks.text.generating import GeneratingTask
from serve_app.types import Chunk, Event, Item


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
        self._growing = Growing(sequences, self.say, self.settle)
        self._arrivals = Arrivals()
        self._suspects: list[Piece] = []
        self._width = Width(model.batching.max_batch_size)
        self._turn = Turn("", 0.0)
        self._searching = False
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

    def _admit(self, waiting: Sequence[Piece]) -> None:
        """The first in rank as long as there is room: one that does not fit yet is not overtaken for ever."""
        now = time.monotonic()
        late = DeadlineExceeded("the time was over before the model was free").as_failure(started=False)
        self.end((piece.job, late) for piece in waiting if not piece.job.over and now > piece.job.deadline)
        if self._suspects:
            if not self._growing:
                self._begin(self._suspects.pop(0))
            return
        done = [piece for piece in waiting if piece.job.over]
        searched: Piece | None = None
        for piece in waiting:
            if piece.job.over:
                continue
            if not (self._growing or self._searching):
                self._turn = Turn(adapter_of(piece), now)
            if not self._turn.befits(piece):
                if self._turn.is_over_for(piece, now):
                    break
            elif self._wants_beams(piece):
                if not self._searching:
                    done.append(piece)
                    searched = piece
                    break
            elif self._begin(piece):
                done.append(piece)
            else:
                break
        self._arrivals.remove(done)
        if searched is not None:
            self._search(searched)

    def _wants_beams(self, piece: Piece) -> bool:
        with contextlib.suppress(Exception):  # told when the item begins, which asks again
            return self.task.beams(piece.job.item, self.kit) > 1
        return False

    def _begin(self, piece: Piece) -> bool:
        """Let an item join with all of its answers; false when there is no room now."""
        if not is_known(piece, self.engine):
            # Grammars are kept for a while only, and looking at one again would hold everybody up. This piece is
            # about to be removed from those that wait, so it is another that comes back.
            studied([piece._replace()], self.engine, self._arrivals.ready, self.end)
            return True
        try:
            reply = self.task.begin(piece.job.item, piece.row, self.kit)
            sequences = [choice.sequence for choice in reply.choices]
            self._check(piece.job.item, sequences)
            full = self._growing and len(self._growing) + len(sequences) > self._width.rows
            if full or not self._sequences.admits(sequences):
                return False
            piece.job.started = True
            self._growing.join(piece, reply)
        except Exception as error:
            self.end([(piece.job, failure_of(error))])
        return True

    def _check(self, item: Item, sequences: Sequence[Prompted]) -> None:
        """Refuse what would not even fit alone."""
        if len(sequences) > self._width.most:
            raise InvalidInput(
                f"{len(sequences)} answers are asked for, and this replica writes {self._width.most} side by side "
                "(batching.max_batch_size)",
                "n" if item.params.best_of is None else "best_of",
            )
        if not self._sequences.holds(sequences):
            wanted = sum(len(sequence.prompt) + sequence.at_most for sequence in sequences)
            raise InputTooLong(
                f"the prompt and the answers asked for take {wanted} tokens, and this replica holds "
                f"{self._sequences.capacity}: ask for less, or raise engine_options.cache_tokens"
            )

    def _search(self, piece: Piece) -> None:
        """Answer by beams; between their steps the others go on, and more of them join."""
        self._searching, piece.job.started = True, True
        try:
            search(self.task, piece, self.kit, self.engine, self._hear, self._beside)
        except Exception as error:
            self.end([(piece.job, failure_of(error))])
        finally:
            self._searching = False

    def _beside(self) -> None:
        self._admit(self._arrivals.waiting(block=False) or ())
        self._go_on()

    def _hear(self, job: Job, event: Event) -> None:
        if isinstance(event, Chunk):
            self.say(job, event)
        elif not job.over:
            self.settle(job, event)

    def _go_on(self) -> None:
        self.pulse.beat()
        self._growing.let_go()
        if rows := len(self._growing):
            try:
                self._growing.step()
            except Exception as error:
                self._recover(error, rows)
            else:
                self._width.grow(rows)
        self._growing.tell()
        self.flush()

    def _recover(self, error: Exception, rows: int) -> None:
        """A step failed for all of them: each is tried again by itself, but for those that have told a part already."""
        pieces = self._growing.forget()
        again = [piece for job, piece in pieces.items() if not (job.over or job.streamed) and len(pieces) > 1]
        failure = failure_of(error)
        for job, piece in pieces.items():
            if not job.over and piece not in again:
                self.settle(job, failure)
        if isinstance(error, MemoryError):
            # Too many, and none of them at fault: fewer at once from now on.
            self._width.shrink(rows)
            self._arrivals.ready(again)
        else:
            self._suspects += again

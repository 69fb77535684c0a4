"""The answers in the running batch: each step's tokens go to theirs, and news to whoever reads along."""

import time
from collections.abc import Callable
from typing import NamedTuple

from serve_app.errors import DeadlineExceeded
from serve_app.replica.faults import failure_of
from serve_app.replica.gathered_chunks import GatheredChunks
from serve_app.replica.jobs import Job, Piece
from serve_app.tasks.sequences import Sequences, Token
from serve_app.tasks.text.choice import Choice
from serve_app.tasks.text.faults import failure_of_row
from serve_app.tasks.text.reply import Reply
from serve_app.types import Done, Event, Failure

Tell = Callable[[Job, Event], None]


class Growing:
    """Used by the inference thread alone; `say` takes one event of several, `settle` the last of a job."""

    def __init__(self, sequences: Sequences, say: Tell, settle: Tell) -> None:
        self._sequences = sequences
        self._say, self._settle = say, settle
        self._members: dict[str, _Member] = {}
        self._chunks = GatheredChunks()

    def __len__(self) -> int:
        return len(self._members)

    def join(self, piece: Piece, reply: Reply) -> None:
        """Take all answers of an item in, or none and raise what went wrong."""
        try:
            for choice in reply.choices:
                self._sequences.join(choice.sequence)
                self._members[choice.sequence.id] = _Member(piece, reply, choice)
        except Exception:
            for choice in reply.choices:
                self._sequences.leave(choice.sequence.id)
                self._members.pop(choice.sequence.id, None)
            raise

    def let_go(self) -> None:
        """Whoever nobody waits for any more, or whose time is over, frees its place before the next step."""
        now = time.monotonic()
        late = DeadlineExceeded("the time was over before the answer was whole").as_failure()
        for id, member in list(self._members.items()):
            job = member.piece.job
            if not job.over and now > job.deadline:
                self._settle(job, late)
            if job.over:
                self._drop(id)

    def step(self) -> None:
        """One more token for each whose prompt is read; raises what the engine raises."""
        began = time.monotonic()
        tokens = self._sequences.step()
        took_s, count = time.monotonic() - began, len(self._members)
        for token in tokens:
            if (member := self._members.get(token.sequence)) is not None:
                self._take(member, token, took_s, count)

    def tell(self) -> None:
        """Hand over what has gathered for long enough; one that writes alone drowns nobody."""
        self._chunks.hand_over_due(self._say, urgent=len(self._members) <= 1)

    def forget(self) -> dict[Job, Piece]:
        """All of them, after a step that failed; what they have not told yet is lost."""
        pieces = {member.piece.job: member.piece for member in self._members.values()}
        self._members.clear()
        self._chunks.forget()
        self._sequences.reset()
        return pieces

    def _take(self, member: "_Member", token: Token, took_s: float, count: int) -> None:
        job = member.piece.job
        job.run_s += took_s / len(member.reply.choices)
        job.batch_size = max(job.batch_size, count)
        job.padded_tokens = member.piece.row.length
        if job.over:
            return
        if token.fault is not None:
            self._settle(job, failure_of_row(token.fault))
            return
        for chunk in member.choice.take(token):
            self._chunks.add(job, chunk)
        if member.choice.over:
            self._drop(token.sequence)
        if member.reply.over:
            self._chunks.hand_over(job, self._say)
            self._settle(job, _done(job, member.reply))

    def _drop(self, id: str) -> None:
        self._sequences.leave(id)
        del self._members[id]


class _Member(NamedTuple):
    """A sequence in the running batch: whose it is, and which of the answers."""

    piece: Piece
    reply: Reply
    choice: Choice


def _done(job: Job, reply: Reply) -> Done | Failure:
    try:
        return Done(reply.done().output, job.timings(time.monotonic()))
    except Exception as error:
        return failure_of(error)

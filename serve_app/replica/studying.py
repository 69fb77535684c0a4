"""Rows whose answers follow a grammar wait apart until the engine has looked at it, and hold nobody up."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from serve_app.replica.faults import failure_of
from serve_app.replica.jobs import Job, Piece
from serve_app.tasks.base import Engine
from serve_app.types import Failure

Refuse = Callable[[Sequence[tuple[Job, Failure]]], None]


def studied(
    pieces: Sequence[Piece], engine: Engine, later: Callable[[Sequence[Piece]], None], refuse: Refuse
) -> list[Piece]:
    """Those that may run now; of the others each goes to `later` or to `refuse` when that is known, on any thread."""
    now = []
    for piece in pieces:
        if piece.row.grammar is None:
            now.append(piece)
        else:
            engine.study(piece.row.grammar).add_done_callback(partial(_settled, piece, later, refuse))
    return now


def is_known(piece: Piece, engine: Engine) -> bool:
    """Whether nothing of it must be looked at, neither for the first time nor again."""
    return piece.row.grammar is None or engine.study(piece.row.grammar).done()


def _settled(piece: Piece, later: Callable[[Sequence[Piece]], None], refuse: Refuse, study: "Future[Any]") -> None:
    error = study.exception()
    if error is None:
        later([piece])
    else:
        told = error if isinstance(error, Exception) else RuntimeError("the grammar was not looked at")
        refuse([(piece.job, failure_of(told))])

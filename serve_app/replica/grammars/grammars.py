"""The grammars of one model: checked in a process apart, compiled once, and copied for each answer."""

import contextlib
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from llguidance import LLTokenizer

from serve_app.errors import InvalidInput, Overloaded
from serve_app.replica.grammars import rules
from serve_app.replica.grammars.checker import Checker
from serve_app.replica.grammars.matching import FIELD, Compiled, GrammarMatcher
from serve_app.replica.grammars.reasons import reason
from serve_app.tasks.sequences import Grammar

KEPT = 512
"""Each takes some 100 kB."""
CHECKERS = 2
"""While one of them is busy with a hostile grammar, others pass by the other."""
WAITS_S = 2.0
MOST_WAITING = 256
RENEWED_AT_MOST_S = 0.05
"""Rules that outgrew their limits are made anew between two steps of all sequences, so it must be quick."""


class Grammars:
    """Make it while the model loads: it reads the whole vocabulary, and everything else in the process waits."""

    def __init__(self, tokenizer: Any, vocabulary_size: int) -> None:
        self._tokens, self._unfit = _tokens_of(tokenizer, vocabulary_size)
        self._lock = threading.Lock()
        self._kept: OrderedDict[Grammar, Compiled] = OrderedDict()
        self._waiting: dict[Grammar, Future[Compiled]] = {}
        self._pool = ThreadPoolExecutor(CHECKERS, "grammars")
        self._checkers: queue.LifoQueue[Checker] = queue.LifoQueue()
        for _ in range(CHECKERS):
            self._checkers.put(Checker())

    def check(self, grammar: Grammar) -> Future[Any]:
        """Done when `matcher` has it at hand; or with the error for the caller, within some 4 s.

        It never blocks, so ask for all that have arrived, and prepare those meanwhile whose grammar is done. All who
        ask for the same grammar share one answer, and an answer that was good is kept.
        """
        return self._found(grammar)

    def matcher(self, grammar: Grammar, ends: Collection[int] = ()) -> GrammarMatcher:
        """A new answer's way through a grammar that `check` has let pass; a moment's work while that is kept.

        Of `ends`, which end this answer, those count that are no text; by default it is the tokenizer's own.
        """
        compiled = self._found(grammar).result()
        assert self._tokens is not None
        return GrammarMatcher(compiled, self._tokens, ends, lambda failed: self._anew(grammar, failed))

    def close(self) -> None:
        """End the processes; what is being checked is answered first."""
        self._pool.shutdown()
        with contextlib.suppress(queue.Empty):
            while True:
                self._checkers.get_nowait().close()

    def _found(self, grammar: Grammar) -> Future[Compiled]:
        with self._lock:
            if kept := self._kept.get(grammar):
                self._kept.move_to_end(grammar)
                return _done(kept)
            if waiting := self._waiting.get(grammar):
                return waiting
            if self._tokens is None:
                return _failed(InvalidInput(self._unfit, FIELD))
            if len(self._waiting) >= MOST_WAITING:
                return _failed(_overloaded())
            found: Future[Compiled] = Future()
            # From now on one who gives up waiting cannot take it from the others.
            found.set_running_or_notify_cancel()
            self._waiting[grammar] = found
            self._pool.submit(self._settle, grammar, found, time.monotonic())
            return found

    def _settle(self, grammar: Grammar, found: Future[Compiled], asked: float) -> None:
        made: Compiled | Exception
        try:
            made = self._checked(grammar, asked)
        except Exception as error:
            made = error
        except BaseException:  # what a panic of the library arrives as
            made = InvalidInput("the grammar cannot be used: it cannot be compiled", FIELD)
        with self._lock:
            del self._waiting[grammar]
            if isinstance(made, Compiled):
                self._keep(grammar, made)
        if isinstance(made, Compiled):
            found.set_result(made)
        else:
            found.set_exception(made)

    def _checked(self, grammar: Grammar, asked: float) -> Compiled:
        if time.monotonic() - asked > WAITS_S:
            raise _overloaded()
        checker = self._checkers.get()
        try:
            against = checker.against(*grammar)
        except OSError as error:
            raise Overloaded("no grammar can be checked now: come back later", FIELD, 1.0) from error
        finally:
            self._checkers.put(checker)
        if against:
            raise InvalidInput(f"the grammar cannot be used: {against}", FIELD)
        return self._compiled(grammar)

    def _compiled(self, grammar: Grammar) -> Compiled:
        assert self._tokens is not None
        began = time.monotonic()
        start = rules.matcher(self._tokens, rules.source(*grammar))
        if start.is_error():
            raise InvalidInput(f"the grammar cannot be used: {reason(start.get_error())}", FIELD)
        return Compiled(start, time.monotonic() - began)

    def _keep(self, grammar: Grammar, made: Compiled) -> None:
        self._kept[grammar] = made
        self._kept.move_to_end(grammar)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _anew(self, grammar: Grammar, failed: Compiled) -> Compiled | None:
        """For an answer whose rules failed, and those after it; nothing where that would take long."""
        with self._lock:
            kept = self._kept.pop(grammar, failed)
            if kept is not failed and _has_room(kept):
                self._keep(grammar, kept)
                return kept
        if failed.took_s > RENEWED_AT_MOST_S:
            return None
        compiled = self._compiled(grammar)
        with self._lock:
            self._keep(grammar, compiled)
        return compiled


def _has_room(compiled: Compiled) -> bool:
    """Whether an answer could still start from it."""
    probe = compiled.start.deep_copy()
    probe.compute_bitmask()
    return not probe.is_error()


def _tokens_of(tokenizer: Any, vocabulary_size: int) -> tuple[LLTokenizer | None, str]:
    """The vocabulary as llguidance reads it, or why it cannot."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is None or tokenizer.eos_token_id is None:
        return None, "a grammar needs a fast tokenizer with an end token, and this model has none"
    try:
        width = max(vocabulary_size, fast.get_vocab_size(with_added_tokens=True))
        return LLTokenizer(fast.to_str(), n_vocab=width, eos_token=[tokenizer.eos_token_id]), ""
    except BaseException as error:  # a panic of the library is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return None, "this model cannot follow a grammar: its tokenizer does not spell every byte"


def _overloaded() -> Overloaded:
    return Overloaded("too many new grammars wait to be checked: come back later", FIELD, retry_after_s=WAITS_S)


def _done(kept: Compiled) -> Future[Compiled]:
    future: Future[Compiled] = Future()
    future.set_result(kept)
    return future


def _failed(error: Exception) -> Future[Compiled]:
    future: Future[Compiled] = Future()
    future.set_exception(error)
    return future

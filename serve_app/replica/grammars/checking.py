"""The process that compiles a stranger's grammar first: the system ends it when that takes too long or too much."""

import resource
import signal
import sys
from multiprocessing.connection import Connection
from random import Random

from llguidance import LLTokenizer

from serve_app.replica.grammars import rules
from serve_app.replica.grammars.reasons import reason

MEMORY_BYTES = 512 * 1024 * 1024
CORE_S = 1.0
LIMIT_S = 1.5
STEPS = 48


def main(descriptor: int) -> None:
    """Answer each grammar with the reason against it, or with nothing; ends with the process on the other side."""
    _confine()
    tokens = LLTokenizer("byte")
    with Connection(descriptor) as connection:
        connection.send_bytes(b"")
        while True:
            try:
                kind, _, text = connection.recv_bytes().decode("utf-8", "surrogatepass").partition("\n")
            except EOFError:
                return
            signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
            signal.setitimer(signal.ITIMER_PROF, CORE_S)
            against = _against(tokens, kind, text)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send_bytes(against.encode())


def _confine() -> None:
    """No more memory than this, no core dump, and the timers' signals end the process, whoever blocked them before."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for timer in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(timer, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGALRM, signal.SIGPROF))
    # Ctrl-C in a terminal reaches the whole group; this process ends with its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _against(tokens: LLTokenizer, kind: str, text: str) -> str:
    try:
        matcher = rules.matcher(tokens, rules.source(kind, text))
    except rules.Refused as refused:
        return str(refused)
    # Some rules compile and then outgrow their limits at the first steps.
    dice = Random(0)
    for _ in range(STEPS):
        if matcher.is_error() or matcher.is_stopped():
            break
        bits = int.from_bytes(matcher.compute_bitmask(), "little")
        allowed = [token for token in range(tokens.vocab_size) if bits >> token & 1 and token not in tokens.eos_tokens]
        if matcher.is_error() or not allowed:
            break
        matcher.consume_token(dice.choice(allowed))
    return reason(matcher.get_error()) if matcher.is_error() else ""


if __name__ == "__main__":
    main(int(sys.argv[1]))

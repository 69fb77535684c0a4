"""Work of somebody else's code that is cut off when it takes too long."""

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(limit_s: float, work: Callable[[], Result]) -> Result:
    """What `work` returns, or `TimeoutError` from the middle of it.

    The interpreter raises the exception between two steps of the code, so loops end, and one long step does not.
    """
    thread, lock, over = ctypes.c_ulong(threading.get_ident()), threading.Lock(), False

    def cut() -> None:
        with lock:
            if not over:
                _raise(thread, ctypes.py_object(_CutOff))

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        try:
            return work()
        finally:
            timer.cancel()
            with lock:
                over = True
            # It may be on its way still, and must not come later, where nobody expects it.
            _raise(thread, None)
    except _CutOff:
        raise TimeoutError from None


class _CutOff(BaseException):
    """No `except Exception` on its way takes it for its own."""


_raise = ctypes.pythonapi.PyThreadState_SetAsyncExc

"""Who may interrupt whom on a busy core, as the kernel tells it."""

import os
import subprocess
import sys

import pytest

from serve_app.precedence import BEHIND

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these policies are Linux's")

TELL = "import os; print(os.sched_getscheduler(0))"
BACK_AND_FORTH = f"""
import os, subprocess, sys, threading
from serve_app.precedence import go_first, let_others_go_first
told = []
def note():
    told.append(os.sched_getscheduler(0))
def in_a_thread():
    thread = threading.Thread(target=note)
    thread.start()
    thread.join()
let_others_go_first()
in_a_thread()
told.append(int(subprocess.check_output([sys.executable, "-c", {TELL!r}])))
go_first()
note()
in_a_thread()
print(*told)
"""
ALONE = """
import os
from serve_app.precedence import go_first, let_others_go_first
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
let_others_go_first()
go_first()
print(os.sched_getscheduler(0))
"""


def told_by(script: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def test_what_is_started_is_behind_until_it_goes_first() -> None:
    assert told_by(BACK_AND_FORTH) == [os.SCHED_BATCH, os.SCHED_BATCH, os.SCHED_OTHER, os.SCHED_OTHER]


def test_a_policy_of_the_user_s_own_stays() -> None:
    assert told_by(ALONE) == [os.SCHED_IDLE]


def test_the_same_in_a_shell() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{BEHIND}\n{sys.executable} -c '{TELL}'"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == os.SCHED_BATCH

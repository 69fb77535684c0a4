"""How many replicas of a machine load at a time: real processes, in the order in which they came."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serve_app.errors import ModelCannotLoad
from serve_app.replica import loading
from serve_app.replica.loading import LIMIT, LoadGate, loads_at_a_time

LOADER = """
import asyncio, pathlib, sys, time
from serve_app.replica import loading

async def load(folder, limit, name, load_s):
    async with loading.LoadGate(int(limit), pathlib.Path(folder)).passed(name):
        tell(folder, f"enter {name}")
        await asyncio.sleep(float(load_s))
        tell(folder, f"leave {name}")

def tell(folder, line):
    with open(folder + "/told", "a") as told:
        told.write(line + "\\n")

loading.LOOK_EVERY_S = 0.02
asyncio.run(load(*sys.argv[1:]))
"""


class Loaders:
    """Processes at one gate, and what they tell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, limit: int, load_s: float) -> "subprocess.Popen[bytes]":
        arguments = [str(self._folder), str(limit), name, str(load_s)]
        self.processes.append(subprocess.Popen([sys.executable, "-c", LOADER, *arguments]))
        return self.processes[-1]

    def told(self) -> list[str]:
        file = self._folder / "told"
        return file.read_text().splitlines() if file.exists() else []

    def places(self) -> list[str]:
        return places(self._folder)

    def most_at_a_time(self) -> int:
        inside = most = 0
        for line in self.told():
            inside += 1 if line.startswith("enter") else -1
            most = max(most, inside)
        return most


@pytest.fixture
def loaders(tmp_path: Path) -> Iterator[Loaders]:
    loaders = Loaders(tmp_path)
    yield loaders
    for process in loaders.processes:
        process.kill()
        process.wait()


def places(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.place"))


def until(true: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_never_more_than_the_limit_and_everyone_gets_through(loaders: Loaders) -> None:
    processes = [loaders.start(str(number), limit=3, load_s=0.1) for number in range(12)]
    assert [process.wait(30) for process in processes] == [0] * 12
    assert sorted(loaders.told()) == sorted(f"{does} {number}" for does in ("enter", "leave") for number in range(12))
    assert loaders.most_at_a_time() == 3
    assert loaders.places() == []


def test_in_the_order_of_arrival(loaders: Loaders) -> None:
    names = ["first", "second", "third", "fourth"]
    for number, name in enumerate(names, 1):
        loaders.start(name, limit=1, load_s=2 if number == 1 else 0)
        until(lambda number=number: len(loaders.places()) == number)  # type: ignore[misc]
    until(lambda: "leave fourth" in loaders.told())
    assert [line for line in loaders.told() if line.startswith("enter")] == [f"enter {name}" for name in names]


def test_who_is_killed_holds_nobody_up(loaders: Loaders) -> None:
    loading_one = loaders.start("killed while it loads", limit=1, load_s=60)
    until(lambda: len(loaders.told()) == 1)
    waiting_one = loaders.start("killed while it waits", limit=1, load_s=60)
    until(lambda: len(loaders.places()) == 2)
    patient = loaders.start("patient", limit=1, load_s=0)
    until(lambda: len(loaders.places()) == 3)
    waiting_one.kill()
    waiting_one.wait()
    assert loaders.told() == ["enter killed while it loads"]
    loading_one.kill()
    assert patient.wait(10) == 0
    assert loaders.told()[1:] == ["enter patient", "leave patient"]
    assert loaders.places() == [], "those of the dead are swept away"


async def test_waiting_is_logged_and_leaves_the_event_loop_free(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("ray.serve"), "propagate", True)
    monkeypatch.setattr(loading, "LOOK_EVERY_S", 0.01)
    caplog.set_level("INFO", "ray.serve")
    gate = LoadGate(1, tmp_path)
    entered: list[str] = []

    async def load(name: str) -> None:
        async with gate.passed(name):
            entered.append(name)

    async with gate.passed("first"):
        second = asyncio.create_task(load("second"))
        third = asyncio.create_task(load("third"))
        ticks = 0
        while len(set(caplog.messages)) < 2:
            await asyncio.sleep(0.001)
            ticks += 1
        third.cancel()
        with pytest.raises(asyncio.CancelledError):
            await third
        assert entered == []
        assert ticks > 1
    await second
    assert entered == ["second"]
    assert set(caplog.messages) == {
        f'model "{name}" waits to load: 1 load on this machine already' for name in ("second", "third")
    }
    assert places(tmp_path) == []


async def test_what_fails_inside_is_told_and_makes_room(tmp_path: Path) -> None:
    with pytest.raises(ModelCannotLoad, match="no such folder"):
        async with LoadGate(1, tmp_path).passed("broken"):
            raise ModelCannotLoad("no such folder")
    async with asyncio.timeout(5), LoadGate(1, tmp_path).passed("next"):
        assert places(tmp_path) == ["1.place"]


async def test_without_a_place_for_the_files_nobody_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("ray.serve"), "propagate", True)
    (tmp_path / "file").write_text("")
    gate = LoadGate(1, tmp_path / "file" / "folder")
    async with asyncio.timeout(5), gate.passed("one"), gate.passed("two"):
        told = {message.partition(":")[0] for message in caplog.messages}
    assert told == {f'model "{name}" loads without waiting for others' for name in ("one", "two")}


@pytest.mark.parametrize(("given", "limit"), [("1", 1), ("50", 50)])
def test_the_environment_says_how_many(given: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, given)
    assert loads_at_a_time() == limit


def test_else_one_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LIMIT, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert loads_at_a_time() == 7


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", " ", "²"])
def test_anything_else_is_told_to_the_operator(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, given)
    with pytest.raises(ModelCannotLoad, match="SERVE_APP_LOADS says how many models load at a time"):
        loads_at_a_time()

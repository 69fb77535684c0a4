"""Transfers that break off go on, and one process fetches for all."""

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from serve_app.models.cache import Repository
from serve_app.models.downloading import download
from tests import loopback_hub
from tests.loopback_faults import Fault
from tests.loopback_hub import LoopbackHub, digest
from tests.models.fetched import WEIGHTS, blobs, fetched, same


def test_a_connection_that_breaks_off_goes_on_from_there(hub: LoopbackHub, published: Path, cache: Path) -> None:
    hub.faults[WEIGHTS] = Fault("broken", times=3)
    assert same(fetched(cache), published)
    size = (published / "model.safetensors").stat().st_size
    places = [int(line.split()[1]) for line in hub.ranges]
    assert places[0] == size // 2
    assert places == sorted(set(places)), "each try begins where the last one ended"


def test_a_hub_that_asks_for_patience_gets_it(
    hub: LoopbackHub, published: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("serve_app.models.retrying.time.sleep", waited.append)
    hub.faults["org/tiny"] = Fault("busy", times=1, retry_after=7)
    hub.faults[WEIGHTS] = Fault("busy", times=1, retry_after=9)
    assert same(fetched(cache), published)
    assert waited == [7, 9]


def test_a_transfer_whose_process_was_killed_goes_on_in_the_next(
    hub: LoopbackHub, published: Path, cache: Path
) -> None:
    hub.faults[WEIGHTS] = Fault("stalled")
    code = """import sys; from serve_app.models.downloading import download
download("org/tiny", "main", {"cache_dir": sys.argv[1]})"""
    killed = subprocess.Popen([sys.executable, "-c", code, str(cache)], env={**os.environ, "HF_ENDPOINT": hub.url})
    size = (published / "model.safetensors").stat().st_size
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size == size // 2 for path in cache.glob("models--org--tiny/blobs/*.incomplete")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    hub.faults.clear()
    hub.fetched.clear()
    assert same(fetched(cache), published)
    assert hub.ranges == [f"{WEIGHTS} {size // 2}"]
    assert hub.fetched.count(WEIGHTS) == 1
    assert not [name for name in blobs(cache) if name.endswith(".incomplete")]


def test_what_was_kept_and_is_wrong_is_thrown_away(hub: LoopbackHub, published: Path, cache: Path) -> None:
    blobs = cache / "models--org--tiny" / "blobs"
    blobs.mkdir(parents=True)
    name = digest(published / "model.safetensors")
    (blobs / f"{name}.serve-app.incomplete").write_bytes(b"something else altogether")
    assert same(fetched(cache), published)


def test_a_blob_whose_content_is_wrong_is_not_taken_for_granted(hub: LoopbackHub, published: Path, cache: Path) -> None:
    blobs = cache / "models--org--tiny" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / digest(published / "model.safetensors")).write_bytes(b"something else altogether")
    assert same(fetched(cache), published)


def _four(queue: Any, barrier: Any, cache: str) -> None:
    barrier.wait()
    queue.put(str(download("org/tiny", "main", {"cache_dir": cache})))


def test_four_processes_ask_for_every_file_once(hub: LoopbackHub, published: Path, cache: Path) -> None:
    hub.faults[WEIGHTS] = Fault("broken", times=1)
    context = multiprocessing.get_context("fork")
    queue, barrier = context.SimpleQueue(), context.Barrier(4)
    processes = [context.Process(target=_four, args=(queue, barrier, str(cache))) for _ in range(4)]
    for process in processes:
        process.start()
    folders = {queue.get() for _ in processes}
    for process in processes:
        process.join()
    assert len(folders) == 1
    assert same(Path(folders.pop()), published)
    hub.fetched.remove(WEIGHTS)  # it broke off once and went on
    assert sorted(hub.fetched) == sorted(set(hub.fetched))
    assert len(hub.fetched) == 4


def test_who_waits_for_another_process_says_so(hub: LoopbackHub, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with Repository("org/tiny", cache).locked():
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    threading.Timer(0.3, leave.set).start()
    with caplog.at_level(logging.WARNING):
        fetched(cache)
    holder.join()
    assert "another process is fetching models--org--tiny: waiting for it" in caplog.text


def test_the_token_of_the_entry_is_the_one_that_is_sent(hub: LoopbackHub, cache: Path) -> None:
    fetched(cache, token="hf_mine")
    assert hub.tokens == {"Bearer hf_mine"}


def test_the_token_stays_with_the_hub_when_files_come_from_elsewhere(
    hub: LoopbackHub, published: Path, cache: Path
) -> None:
    with loopback_hub.serve({"org/tiny": published}) as storage:
        hub.storage = storage.url
        storage.faults[WEIGHTS] = Fault("broken", times=1)
        assert same(fetched(cache, token="hf_mine"), published)
        assert hub.tokens == {"Bearer hf_mine"}
        assert storage.tokens == {None}
        assert len(storage.ranges) == 1, "and going on works there too"

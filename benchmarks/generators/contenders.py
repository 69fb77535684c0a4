"""Whom the load is put on: each is started, measured at any number of points, and stopped."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.generators.completions import PATH, asking
from benchmarks.generators.engine_alone import NAME, entry
from benchmarks.generators.load import measure
from benchmarks.generators.measured import Run
from benchmarks.generators.room import PAGE_TOKENS, PAGES, STEP_TOKENS
from benchmarks.generators.shapes import words_of
from benchmarks.generators.workload import Point
from benchmarks.servers import HOST, ours, process

PORT = 8124
URL = f"http://{HOST}:{PORT}"
STOPPED_S = 30.0
Measure = Callable[[Point], Run]


class Contender(NamedTuple):
    """Its name in the table, how it is started on a folder and a device, and how many times as long it is measured."""

    title: str
    started: Callable[[Path, str], AbstractContextManager[Measure]]
    longer: float = 1.0


@contextmanager
def _serve_app(folder: Path, device: str) -> Iterator[Measure]:
    with ours([entry(folder, device)]) as url:
        yield _over_http(f"{url}/models/{NAME}{PATH}", NAME, folder)


@contextmanager
def _transformers_serve(folder: Path, device: str) -> Iterator[Measure]:
    room = ["--cb-block-size", str(PAGE_TOKENS), "--cb-num-blocks", str(PAGES)]
    room += ["--cb-max-batch-tokens", str(STEP_TOKENS)]
    command = ["-m", "transformers.cli.transformers", "serve", str(folder), "--continuous-batching", *room]
    command += ["--device", device, "--host", HOST, "--port", str(PORT)]
    with process(command, os.environ, _healthy):
        yield _over_http(URL + PATH, str(folder), folder)


@contextmanager
def _static_batches(folder: Path, device: str) -> Iterator[Measure]:
    command = ["-m", "benchmarks.generators.static_batches", str(folder), device, str(PORT)]
    with process(command, os.environ, _healthy):
        yield _over_http(URL + PATH, "", folder)


def _direct(name: str) -> Callable[[Path, str], AbstractContextManager[Measure]]:
    @contextmanager
    def started(folder: Path, device: str) -> Iterator[Measure]:
        command = [sys.executable, "-m", "benchmarks.generators.direct", name, str(folder), device]
        contender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert contender.stdin is not None and contender.stdout is not None
        told_to, told_by = contender.stdin, contender.stdout

        def measured(point: Point) -> Run:
            told_to.write(json.dumps(point) + "\n")
            told_to.flush()
            return Run.from_dict(json.loads(told_by.readline()))

        try:
            yield measured
        finally:
            told_to.close()
            try:
                contender.wait(STOPPED_S)
            except subprocess.TimeoutExpired:
                contender.kill()
                contender.wait()

    return started


def _over_http(url: str, model: str, folder: Path) -> Measure:
    words = words_of(folder)

    async def run(point: Point) -> Run:
        async with asking(url, model) as ask:
            return await measure(ask, point, words)

    return lambda point: asyncio.run(run(point))


def _healthy() -> bool:
    return httpx.get(f"{URL}/health", timeout=5).status_code == 200


CONTENDERS: Mapping[str, Contender] = {
    "bare": Contender("bare manager", _direct("bare")),
    "serve-app": Contender("serve-app", _serve_app),
    "transformers": Contender("transformers serve", _transformers_serve),
    # A batch lasts as long as its longest answer, and what counts is the mean over several.
    "static": Contender("static batches", _static_batches, longer=2.0),
    "engine": Contender("serve-app's engine alone", _direct("engine")),
}
"""The first four are measured unless others are asked for."""

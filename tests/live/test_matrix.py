"""The support matrix on a live server with the demo models, each asleep until it is asked and again afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serve_app.tasks import TASKS
from tests.live.server import Live, one_graph
from tests.matrix import MATRIX
from tests.matrix.asking import as_native, by_async_python, by_javascript, by_plain_post, by_python, natively
from tests.matrix.base import Line, Way
from tests.matrix.comparing import near
from tests.matrix.page import table

SLEEPS = {"min_replicas": 0, "initial_replicas": 0, "max_replicas": 1, "upscale_delay_s": 0.5, "downscale_delay_s": 5}
SERVED = [line for line in MATRIX if line.task in TASKS]
NAMES = tuple(dict.fromkeys(line.name for line in SERVED))


def entry(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "hf_model_name": f"demo/{line.demo}",
        "hf_task": line.task,
        "autoscaling": SLEEPS,
        "limits": {"timeout_s": 150},
        "resources": {"num_cpus": 0.1, "num_threads": 1},
        **line.entry,
    }


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    models = {line.name: entry(line) for line in SERVED}
    folder: Path = tmp_path_factory.mktemp("matrix")
    server = Live(folder, one_graph(list(models.values())))
    yield server.await_ready()
    server.client.close()
    server.stop()


@pytest.fixture(scope="module")
def heard() -> set[tuple[str, str]]:
    """Lines and methods whose answers were right."""
    return set()


@pytest.mark.parametrize("name", NAMES)
def test_every_client_hears_what_the_model_says(name: str, live: Live, heard: set[tuple[str, str]]) -> None:
    lines = [line for line in SERVED if line.name == name]
    expected = {str(line): natively(live.url, line) for line in lines}
    spoken = [line for line in lines if line.javascript]
    by_script = dict(zip(map(str, spoken), by_javascript(live.url, spoken) if spoken else [], strict=True))
    for line in lines:
        native = expected[str(line)]
        assert line.right is None or line.right(native), native
        if not line.python and not line.javascript:
            assert near(as_native(line, by_plain_post(live.url, line)), native)
        if way := line.python:
            assert near(by_python(live.url, line, way), way.told(native))
            assert near(by_async_python(live.url, line, way), way.told(native))
            heard.add((str(line), way.method))
        if way := line.javascript:
            assert near(by_script[str(line)], way.told(native)), by_script[str(line)]
            heard.add((str(line), way.method))


def test_the_table_of_it(heard: set[tuple[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    def mark(line: Line, way: Way) -> str:
        return " ✓" if (str(line), way.method) in heard else " ✗"

    with capsys.disabled():
        print(f"\n{table(mark)}")
    assert "✗" not in table(mark)

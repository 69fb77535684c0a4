"""For each task: requests one by one through plain transformers, against the server at 64 clients, in one run."""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.padding import padding_of
from benchmarks.requests import TABLE, requests_for
from benchmarks.servers import ours
from benchmarks.wrk import Measured, measure
from serve_app import demo

CLIENTS = 64
TARGET = 3.0


@click.command()
@click.option("--seconds", default=4.0, show_default=True, help="Length of each run of the load.")
@click.option("--rounds", default=3, show_default=True, help="Plain and served in turn, so often; medians count.")
@click.option("--tasks", default=",".join(TABLE), help="Which tasks; all by default.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/tasks.md"), show_default=True)
def main(seconds: float, rounds: int, tasks: str, out: Path) -> None:
    """Measure every task on its demo model and write a table."""
    console = Console()
    lines = [
        f"| task | model | plain, one by one | served, {CLIENTS} clients | times | padding | remarks |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    notes = [
        "",
        f"Target: {TARGET:g} times where batching can help. Each request is a task's whole input (four labels, four "
        "sentences or four texts count as one). Padding: tokens that only fill rows up, as a share of all, with the "
        "same 64 requests under way together.",
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    wanted = tasks.split(",")
    with console.status("starting …"), ours([_entry(task) for task in wanted]) as url:
        for task in wanted:
            line, bad = _line(task, f"{url}/models/{task}", seconds, rounds)
            lines.append(line)
            console.print(line, f"(replies that were no success: {bad})", markup=False, soft_wrap=True)
            out.write_text("\n".join([*lines, *notes]) + "\n")


def _entry(task: str) -> dict[str, Any]:
    return {
        "name": task,
        "hf_model_name": f"demo/{TABLE[task].demo}",
        "hf_task": task,
        "batching": {"max_batch_size": 64},
        # On two cores the ingress needs one; a second thread costs models this small more than it brings.
        "resources": {"num_cpus": 0.1, "num_threads": 1},
    }


def _line(task: str, url: str, seconds: float, rounds: int) -> tuple[str, int]:
    requests, asked = TABLE[task], requests_for(task)
    folder = demo.build(requests.demo)
    bodies = [{"inputs": value, "parameters": params} for value, params in asked]
    plain: list[float] = []
    served: list[Measured] = []
    measure(url, bodies, CLIENTS, 1)  # warm
    for _ in range(rounds):
        plain.append(_plain(folder, task, asked))
        served.append(measure(url, bodies, CLIENTS, seconds))
    one, many = statistics.median(plain), statistics.median(run.rps for run in served)
    remark = requests.why if many / one < TARGET else ""
    cells = (task, f"demo/{requests.demo}", f"{one:,.0f}/s", f"{many:,.0f}/s", f"{many / one:.1f}")
    return f"| {' | '.join(cells)} | {padding_of(task, folder, asked):.1%} | {remark} |", sum(run.bad for run in served)


def _plain(folder: Path, task: str, asked: list[tuple[Any, dict[str, Any]]]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asked, file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.plain", str(folder), task, file.name]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found["per_s"]


if __name__ == "__main__":
    main()

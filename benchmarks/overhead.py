"""What a request costs beside the model: our whole graph on the stub against ordinary Ray Serve graphs, in one run."""

import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from benchmarks.servers import ordinary, ours
from benchmarks.wrk import Measured, measure

CLIENTS = (1, 16, 64)
BODY: dict[str, object] = {"text": "hello world"}
STUB = {"name": "stub", "hf_model_name": "stub", "hf_task": "text-classification", "engine": "stub"}
Server = Callable[[], contextlib.AbstractContextManager[str]]
SERVERS: dict[str, tuple[Server, str]] = {
    "ordinary graph": (lambda: ordinary(fast=False), "/"),
    "ordinary graph, fast profile": (lambda: ordinary(fast=True), "/"),
    "serve-app": (lambda: ours([STUB]), "/models/stub"),
}
TARGETS = (
    ("64 clients, against the ordinary graph", "ordinary graph", 64, 10.0),
    ("64 clients, against the same in the fast profile", "ordinary graph, fast profile", 64, 2.5),
)
ONE_CLIENT_TARGET = 1.3


@click.command()
@click.option("--seconds", default=6.0, show_default=True, help="Length of each run of the load.")
@click.option("--rounds", default=3, show_default=True, help="Turns that each server gets; the median counts.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/overhead.md"), show_default=True
)
def main(seconds: float, rounds: int, out: Path) -> None:
    """Measure all three at 1, 16 and 64 clients and write a table."""
    console = Console()
    runs: dict[str, dict[int, list[Measured]]] = {name: {clients: [] for clients in CLIENTS} for name in SERVERS}
    # The servers take turns, since a machine that is shared has slow minutes, and they should not all be one server's.
    for _, (name, (server, path)) in itertools.product(range(rounds), SERVERS.items()):
        with console.status(f"{name} …"), server() as url:
            measure(url + path, BODY, 64, 3)  # warm
            for clients in CLIENTS:
                runs[name][clients].append(measure(url + path, BODY, clients, seconds))
        console.print(name, {clients: round(found[-1].rps) for clients, found in runs[name].items()})
    results = {name: {clients: _median(found) for clients, found in every.items()} for name, every in runs.items()}
    text = "\n".join([*_table(results), "", *_verdicts(results), ""])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    console.print(text, markup=False)


def _median(runs: list[Measured]) -> Measured:
    return sorted(runs, key=lambda run: run.rps)[len(runs) // 2]


def _table(results: dict[str, dict[int, Measured]]) -> list[str]:
    head = "".join(f" {clients} clients: req/s | p50 ms | p99 ms |" for clients in CLIENTS)
    lines = [f"| server |{head}", "|---|" + "---:|---:|---:|" * len(CLIENTS)]
    for name, found in results.items():
        cells = "".join(f" {found[c].rps:,.0f} | {found[c].p50_ms:.2f} | {found[c].p99_ms:.1f} |" for c in CLIENTS)
        lines.append(f"| {name} |{cells}")
    return lines


def _verdicts(results: dict[str, dict[int, Measured]]) -> list[str]:
    mine = results["serve-app"]
    lines = []
    for words, reference, clients, target in TARGETS:
        ratio = mine[clients].rps / results[reference][clients].rps
        lines.append(f"- {words}: {ratio:.1f} times its requests per second (target {target:g})")
    for reference in ("ordinary graph", "ordinary graph, fast profile"):
        ratio = mine[1].p50_ms / results[reference][1].p50_ms
        lines.append(
            f"- 1 client, against the {reference}: {ratio:.2f} times its latency (target {ONE_CLIENT_TARGET:g})"
        )
    bad = sum(found.bad for runs in results.values() for found in runs.values())
    lines.append(f"- replies that were no success, of all servers together: {bad}")
    return lines


if __name__ == "__main__":
    main()

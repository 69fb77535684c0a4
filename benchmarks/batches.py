"""For each task of the shipped config: eight inputs one after the other against the eight together, on the replica."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from serve_app.cli.example import example_of
from serve_app.config import document
from serve_app.config.schema import Model
from serve_app.contract import Contract
from serve_app.replica import engines
from serve_app.replica.executors import executor_for
from serve_app.replica.executors.base import Executor
from serve_app.replica.gathering import gathered
from serve_app.types import Done, Failure, Item

INPUTS = 8
TIMEOUT_S = 300.0
WORTH_IT = 1.2
_HEAD = (
    f"| task | model | {INPUTS} one by one, ms | together, ms | gain | preparing | remarks |\n"
    "|---|---|---:|---:|---:|---:|---|"
)
_NOTE = (
    "\nPreparing: what tokenizing, or decoding and the image processor, take of the time one by one; a forward that is "
    f"shared saves nothing of that. A gain below {WORTH_IT} has its reason beside it."
)


WHY = {"text-to-speech": "texts are said one after the other: the model's vocoder is told of no padding"}


class Found(NamedTuple):
    """Seconds for all inputs, and the share of preparing where they came one by one."""

    single_s: float
    together_s: float
    preparing: float

    @property
    def gain(self) -> float:
        return self.single_s / self.together_s

    def remark(self, task: str) -> str:
        if self.gain >= WORTH_IT:
            return ""
        if self.preparing > 0.5:
            return "most of the time is preparing, which is done input by input"
        return WHY.get(task, "not looked into")


@click.command()
@click.option("--config", type=click.Path(path_type=Path), default=Path("serve_config.yaml"), show_default=True)
@click.option("--rounds", default=5, show_default=True, help="Each way in turn, so often; medians count.")
@click.option("--tasks", default="", help="Which tasks; all by default.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("benchmarks/results/batches.md"), show_default=True
)
def main(config: Path, rounds: int, tasks: str, out: Path) -> None:
    """Measure the first model of every task and write a table."""
    console, wanted = Console(), set(filter(None, tasks.split(",")))
    first: dict[str, Model] = {}
    for model in document.read(config).models:
        first.setdefault(Contract(model).task.name, model)
    lines = [_HEAD]
    for task, model in first.items():
        if wanted and task not in wanted:
            continue
        found = asyncio.run(_measured(model, rounds))
        cells = (
            task,
            model.hf_model_name,
            f"{found.single_s * 1000:,.1f}",
            f"{found.together_s * 1000:,.1f}",
            f"{found.gain:.1f}",
            f"{found.preparing:.0%}",
            found.remark(task),
        )
        lines.append(f"| {' | '.join(cells)} |")
        console.print(lines[-1], markup=False, soft_wrap=True)
        out.write_text("\n".join([*lines, _NOTE]) + "\n")


async def _measured(model: Model, rounds: int) -> Found:
    contract, engine = Contract(model), engines.find(model.engine)()
    kit = engine.load(model, contract.task)
    task = contract.task.variant(kit.whole_config)
    executor = executor_for(task, engine, kit, model, asyncio.get_running_loop(), lambda: None)
    value, parameters = example_of(model)
    inputs, _ = contract.inputs(value, "input")
    params = contract.params(parameters, "parameters")
    items = [Item(str(number), "predict", inputs[0], params, TIMEOUT_S) for number in range(INPUTS)]
    try:
        await _ran(executor, items)
        single, together, preparing = [], [], []
        for _ in range(rounds):
            began = time.perf_counter()
            ends = [end for item in items for end in await _ran(executor, [item])]
            single.append(time.perf_counter() - began)
            preparing.append(sum(end.timings.prepare_s for end in ends) / single[-1])
            began = time.perf_counter()
            await _ran(executor, items)
            together.append(time.perf_counter() - began)
    finally:
        await asyncio.to_thread(executor.close, 10.0)
        engine.close()
    return Found(statistics.median(single), statistics.median(together), statistics.median(preparing))


async def _ran(executor: Executor, items: Sequence[Item]) -> list[Done]:
    ends = await gathered(executor, items)
    if failures := [end for end in ends if isinstance(end, Failure)]:
        raise RuntimeError(failures[0].message)
    return [end for end in ends if isinstance(end, Done)]


if __name__ == "__main__":
    main()

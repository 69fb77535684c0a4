"""The same figures as pictures: tokens per second, and the wait for the first token, by clients."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.generators.contenders import CONTENDERS
from benchmarks.generators.measured import Run
from benchmarks.generators.report import Results


class Line(NamedTuple):
    """One figure of a run, and how it is drawn."""

    words: str
    style: str
    figure: Callable[[Run], float | None]


class Plot(NamedTuple):
    """One picture: a panel for each model and workload."""

    name: str
    unit: str
    scale: str
    lines: Sequence[Line]


PLOTS = (
    Plot("throughput", "tokens per second", "linear", [Line("", "-", lambda run: run.tokens_per_s)]),
    Plot(
        "first-token",
        "ms to the first token",
        "log",
        [Line(" p50", "-", lambda run: run.first_ms(50)), Line(" p99", ":", lambda run: run.first_ms(99))],
    ),
)


def draw(results: Results, beside: Path) -> None:
    """One PNG for each plot, named after the table."""
    rows = list(dict.fromkeys(key.model for key in results))
    columns = list(dict.fromkeys(key.workload for key in results))
    for plot in PLOTS:
        figure = Figure(figsize=(5 * len(columns) + 2, 3.5 * len(rows)), layout="constrained")
        panels = figure.subplots(len(rows), len(columns), squeeze=False)
        for model, across in zip(rows, panels, strict=True):
            for workload, panel in zip(columns, across, strict=True):
                _fill(panel, plot, {key: run for key, run in results.items() if key[:2] == (model, workload)})
                panel.set_title(f"{model}, {workload} lengths")
        figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
        figure.savefig(beside.with_name(f"{beside.stem}-{plot.name}.png"), dpi=110)


def _fill(panel: Axes, plot: Plot, results: Results) -> None:
    for number, (name, contender) in enumerate(CONTENDERS.items()):
        mine = sorted(
            ((key.clients, run) for key, run in results.items() if key.contender == name), key=lambda each: each[0]
        )
        for line in plot.lines:
            points = [(clients, value) for clients, run in mine if (value := line.figure(run)) is not None]
            if points:
                panel.plot(
                    *zip(*points, strict=True),
                    line.style,
                    marker="o",
                    color=f"C{number}",
                    label=contender.title + line.words,
                )
    clients = sorted({key.clients for key in results})
    panel.set_xscale("log", base=2)
    panel.set_xticks(clients, [str(count) for count in clients])
    panel.set_yscale(plot.scale)
    panel.set_xlabel("clients")
    panel.set_ylabel(plot.unit)
    panel.grid(alpha=0.3)
    if plot.scale == "linear":
        panel.set_ylim(bottom=0)

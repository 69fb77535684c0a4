"""What is measured: plain sums and levels on the hot path, carried over into Ray's metrics once a second."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

EXPORT_S = 1.0


class Metric(NamedTuple):
    """One line of the table below; `total` says whether it only ever grows."""

    total: bool
    tags: tuple[str, ...]
    description: str


METRICS: Mapping[str, Metric] = {
    "serve_app_requests_total": Metric(True, ("model", "dialect"), "Requests that reached a model's URL"),
    "serve_app_errors_total": Metric(True, ("model", "error_type"), "Requests answered with an error, by kind"),
    "serve_app_request_seconds_total": Metric(True, ("model",), "Seconds from the body's arrival to the reply"),
    "serve_app_envelopes_total": Metric(True, ("model",), "Calls from the ingress to replicas"),
    "serve_app_queued_items": Metric(False, ("model",), "Inputs that wait in the ingress"),
    "serve_app_ongoing_items": Metric(False, ("model",), "Inputs that a replica has on its hands"),
    "serve_app_items_total": Metric(True, ("model",), "Inputs answered by a replica"),
    "serve_app_item_failures_total": Metric(True, ("model", "error_type"), "Inputs that failed on a replica, by kind"),
    "serve_app_stage_seconds_total": Metric(
        True, ("model", "stage"), "Seconds that inputs spent in each stage: queue, prepare, run, finish"
    ),
    "serve_app_batch_rows_total": Metric(
        True, ("model",), "Size of the batch that answered an input, summed over inputs"
    ),
    "serve_app_tokens_total": Metric(True, ("model",), "Tokens of the inputs that a replica answered"),
    "serve_app_padded_tokens_total": Metric(
        True, ("model",), "The same with the padding that brought rows to the length of their batches"
    ),
}


class Instrument(Protocol):
    """Ray's Counter and Gauge, as far as they are used."""

    def inc(self, value: float, tags: dict[str, str]) -> None: ...
    def set(self, value: float, tags: dict[str, str]) -> None: ...


class Meters:
    """Sums and levels by name and tags; adding to one costs a dictionary look-up."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], float] = defaultdict(float)
        self._levels: dict[tuple[str, ...], float] = {}
        self._instruments: dict[str, Instrument] = {}

    def add(self, name: str, amount: float, *tags: str) -> None:
        # Ray's counters take no zero, and would take nothing else of that second either.
        if amount:
            self._sums[(name, *tags)] += amount

    def level(self, name: str, value: float, *tags: str) -> None:
        self._levels[(name, *tags)] = value

    def sum_of(self, name: str, *tags: str) -> float:
        """What was added since the last export."""
        return self._sums.get((name, *tags), 0.0)

    def export(self, counter: Callable[..., Instrument], gauge: Callable[..., Instrument]) -> None:
        """Hand everything to Ray's instruments and begin anew."""
        sums, self._sums = self._sums, defaultdict(float)
        for (name, *tags), amount in sums.items():
            self._instrument(name, counter).inc(amount, tags=dict(zip(METRICS[name].tags, tags, strict=True)))
        for (name, *tags), value in self._levels.items():
            self._instrument(name, gauge).set(value, tags=dict(zip(METRICS[name].tags, tags, strict=True)))

    def _instrument(self, name: str, make: Callable[..., Instrument]) -> Instrument:
        if name not in self._instruments:
            metric = METRICS[name]
            self._instruments[name] = make(name, description=metric.description, tag_keys=metric.tags)
        return self._instruments[name]

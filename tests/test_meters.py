from pathlib import Path
from typing import Any

import pytest

from serve_app.meters import METRICS, Meters


class Instrument:
    """Remembers what it was told; Ray's own refuse tags they were not made with."""

    def __init__(self, name: str, description: str, tag_keys: tuple[str, ...]) -> None:
        assert description
        self.name, self.tag_keys = name, tag_keys
        self.told: list[tuple[float, dict[str, str]]] = []

    def inc(self, value: float, tags: dict[str, str]) -> None:
        assert tuple(tags) == self.tag_keys and value > 0
        self.told.append((value, tags))

    def set(self, value: float, tags: dict[str, str]) -> None:
        assert tuple(tags) == self.tag_keys
        self.told.append((value, tags))


class Instruments:
    def __init__(self) -> None:
        self.made: dict[str, tuple[str, Instrument]] = {}

    def make(self, kind: str) -> Any:
        def instrument(name: str, **more: Any) -> Instrument:
            assert name not in self.made, "Ray knows each metric once"
            self.made[name] = (kind, Instrument(name, **more))
            return self.made[name][1]

        return instrument

    def export(self, meters: Meters) -> None:
        meters.export(self.make("counter"), self.make("gauge"))

    def told(self, name: str) -> list[tuple[float, dict[str, str]]]:
        return self.made[name][1].told


def test_sums_are_handed_over_and_begin_anew() -> None:
    meters, ray = Meters(), Instruments()
    meters.add("serve_app_errors_total", 1, "m", "timeout")
    meters.add("serve_app_errors_total", 2, "m", "timeout")
    meters.add("serve_app_errors_total", 1, "m", "overloaded")
    assert meters.sum_of("serve_app_errors_total", "m", "timeout") == 3
    ray.export(meters)
    assert meters.sum_of("serve_app_errors_total", "m", "timeout") == 0
    meters.add("serve_app_errors_total", 5, "m", "timeout")
    ray.export(meters)
    ray.export(meters)
    timeouts = {"model": "m", "error_type": "timeout"}
    assert ray.told("serve_app_errors_total") == [
        (3, timeouts),
        (1, {"model": "m", "error_type": "overloaded"}),
        (5, timeouts),
    ]
    assert ray.made["serve_app_errors_total"][0] == "counter"


def test_levels_stay_until_they_change() -> None:
    meters, ray = Meters(), Instruments()
    meters.level("serve_app_queued_items", 7, "m")
    ray.export(meters)
    meters.level("serve_app_queued_items", 9, "m")
    meters.level("serve_app_queued_items", 0, "m")
    ray.export(meters)
    ray.export(meters)
    assert [value for value, _ in ray.told("serve_app_queued_items")] == [7, 0, 0]
    assert ray.made["serve_app_queued_items"][0] == "gauge"


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_one_that_ray_and_prometheus_take(name: str) -> None:
    metric = METRICS[name]
    assert name.isidentifier() and name.startswith("serve_app_")
    assert metric.total == name.endswith("_total")
    assert all(tag.isidentifier() for tag in metric.tags) and metric.tags[0] == "model"
    meters, ray = Meters(), Instruments()
    (meters.add if metric.total else meters.level)(name, 2, *metric.tags)
    ray.export(meters)
    assert ray.told(name) == [(2, {tag: tag for tag in metric.tags})]


def test_the_documentation_lists_just_these() -> None:
    lines = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    assert [(name.strip("`"), tags.split(", ")) for name, tags, _ in rows] == [
        (name, list(metric.tags)) for name, metric in METRICS.items()
    ]


def test_a_tag_too_few_is_found_out() -> None:
    meters = Meters()
    meters.add("serve_app_errors_total", 1, "m")
    with pytest.raises(ValueError, match="shorter"):
        Instruments().export(meters)


def test_nothing_added_is_nothing_told() -> None:
    """Ray's counters raise for zero, and all that comes after it in that second would be lost."""
    meters, instruments = Meters(), Instruments()
    meters.add("serve_app_stage_seconds_total", 0.0, "m", "finish")
    meters.add("serve_app_items_total", 1, "m")
    instruments.export(meters)
    assert [name for name, (_, instrument) in instruments.made.items() if instrument.told] == ["serve_app_items_total"]

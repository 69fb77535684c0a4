"""What a configuration asks of the machines: GPUs and their sharing, CPUs, and room for updates."""

import os
from collections.abc import Sequence

from serve_app.config.schema import Model


def describe_resources(model: Model) -> str:
    """What one replica takes, in a few words."""
    resources = model.resources
    parts = [f"{resources.num_cpus:g} CPU"]
    if resources.num_gpus:
        parts.append(f"{resources.num_gpus:g} GPU")
    if resources.memory:
        parts.append(f"{resources.memory / 2**30:.1f} GiB")
    if resources.accelerator_type:
        parts.append(resources.accelerator_type)
    return ", ".join([*parts, *(f"{amount:g} {name}" for name, amount in resources.custom.items())])


def capacity_notes(models: Sequence[Model]) -> list[str]:
    """What an operator should know before starting these models."""
    return [*_cpus(models), *_gpus(models), *_updates(models), *_sleepers(models)]


def _cpus(models: Sequence[Model]) -> list[str]:
    here = os.cpu_count() or 1
    least = sum(model.resources.num_cpus * model.replicas_at_start for model in models)
    most = sum(model.resources.num_cpus * _at_most(model) for model in models)
    if most <= here:
        return []
    return [f"CPUs: {least:g} at the start, {most:g} at most, where this machine has {here}: what does not fit waits"]


def _gpus(models: Sequence[Model]) -> list[str]:
    asked = ((model.resources.num_gpus, model.replicas_at_start) for model in models)
    start = [num_gpus for num_gpus, replicas in asked for _ in range(replicas) if num_gpus]
    most = [model.resources.num_gpus for model in models for _ in range(_at_most(model)) if model.resources.num_gpus]
    if not most:
        return []
    notes = [
        f"GPUs: {_whole_gpus(start)} at the start, {_whole_gpus(most)} at most; a fraction caps the process's memory"
    ]
    fractions = [amount for amount in most if amount < 1]
    if sum(fractions) > 1:
        notes.append(
            f"fractions: together {sum(fractions):g} of a GPU, so one GPU cannot hold them all; "
            f"they need {_whole_gpus(fractions)}, as a fraction never spans two"
        )
    return notes


def _whole_gpus(amounts: Sequence[float]) -> int:
    """How many GPUs hold these amounts, each fraction on one of them: the largest first, where it fits first."""
    free: list[float] = []
    for amount in sorted((amount for amount in amounts if amount < 1), reverse=True):
        slot = next((index for index, room in enumerate(free) if room + 1e-9 >= amount), None)
        if slot is None:
            free.append(1 - amount)
        else:
            free[slot] -= amount
    return len(free) + int(sum(amount for amount in amounts if amount >= 1))


def _updates(models: Sequence[Model]) -> list[str]:
    beside = [model.name for model in models if model.fits_twice]
    gaps = [
        f"{model.name} ({describe_resources(model)})"
        for model in models
        if not model.fits_twice and model.replicas_at_start == 1
    ]
    notes = []
    if beside:
        notes.append(f"updates: new replicas start beside the old ones, so there is no gap: {', '.join(beside)}")
    if gaps:
        notes.append(
            "updates: a single replica whose resources may not be there twice stops before the new one starts, "
            f"so there is a gap while it loads: {', '.join(gaps)}"
        )
    return notes


def _sleepers(models: Sequence[Model]) -> list[str]:
    names = [model.name for model in models if not model.replicas_at_start]
    told = f"sleep: no replica runs until the first request, which waits until one is loaded: {', '.join(names)}"
    return [told] if names else []


def _at_most(model: Model) -> int:
    return model.autoscaling.max_replicas if model.autoscaling else model.num_replicas or 1

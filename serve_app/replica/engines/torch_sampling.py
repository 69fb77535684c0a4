"""Draws that are each row's own: a seed gives the same tokens alone and in any company."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList
from transformers.generation import (
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

# In the order in which transformers applies them; the second column is the value that changes nothing.
WARPERS: tuple[tuple[str, float, Callable[[Any], Any]], ...] = (
    ("temperature", 1.0, lambda value: TemperatureLogitsWarper(float(value))),
    ("top_k", 0, lambda value: TopKLogitsWarper(int(value))),
    ("top_p", 1.0, lambda value: TopPLogitsWarper(float(value))),
    ("min_p", 0.0, lambda value: MinPLogitsWarper(float(value))),
    ("typical_p", 1.0, lambda value: TypicalLogitsWarper(float(value))),
)


def draws(sampling: Mapping[str, Any], seeds: Sequence[int], device: torch.device) -> Any:
    """The processors that turn greedy search into sampling, one seed for each row."""
    warpers = [make(sampling[name]) for name, neutral, make in WARPERS if sampling.get(name, neutral) != neutral]
    return LogitsProcessorList([*warpers, RowDraws(seeds, device)])


class RowDraws(LogitsProcessor):  # type: ignore[misc]
    """Leaves one token in each row: the one where the row's next random number falls."""

    def __init__(self, seeds: Sequence[int], device: torch.device) -> None:
        # In single precision the sums over a large vocabulary drift; Apple's GPUs have no other.
        self._wide = torch.float32 if device.type == "mps" else torch.float64
        # Always on the CPU, so that a seed means the same on every device.
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        points = [torch.rand((), generator=generator).item() for generator in self._generators]
        sums = scores.to(self._wide).softmax(dim=-1).cumsum(dim=-1)
        # The last sum is one but for rounding; a point beyond every sum would fall on no token.
        goals = torch.tensor(points, dtype=self._wide, device=sums.device)[:, None] * sums[:, -1:]
        chosen = torch.searchsorted(sums, goals, right=True).clamp(max=scores.shape[-1] - 1)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)

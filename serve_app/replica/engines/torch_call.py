"""A model's own methods, such as `generate`, with arrays going in and coming out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from serve_app.replica.engines.torch_processing import in_numbers
from serve_app.tasks.base import Arrays, Gone


def call(
    network: Any, method: str, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone, seed: int | None
) -> dict[str, Any]:
    """What the method returns, by name; a method that writes token by token is stopped row by row."""
    inputs = on_device(network, arrays)
    more: dict[str, Any] = {}
    if method == "generate":
        lines = len(next(iter(inputs.values()))), settings.get("num_beams") or 1
        more["stopping_criteria"] = StoppingCriteriaList([_Left(on_step, *lines)])
    with torch.inference_mode(), _drawn(seed, network.device):
        told = getattr(network, method)(**inputs, **settings, **more)
    on_step()
    if isinstance(told, torch.Tensor):
        return {"output": in_numbers(told)}
    arrays_told = {name: _plain(value) for name, value in dict(told).items() if isinstance(value, torch.Tensor | list)}
    if settings.get("output_logits"):
        arrays_told["logprobs"] = in_numbers(_logprobs(told.sequences, told.logits))
    return arrays_told


def _plain(value: Any) -> Any:
    """Arrays and lists of them; what stands by name inside a list is kept as far as it is an array itself."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: in_numbers(part) for name, part in value.items() if isinstance(part, torch.Tensor)}
    return in_numbers(value)


def _logprobs(written: torch.Tensor, steps: Sequence[torch.Tensor]) -> torch.Tensor:
    """How likely the model found each token that it wrote, step by step and without beams."""
    likely = torch.stack(list(steps), dim=1).float().log_softmax(-1)
    return likely.gather(-1, written[:, -len(steps) :, None])[..., 0]


def on_device(network: Any, arrays: Arrays) -> dict[str, torch.Tensor]:
    """The arrays as tensors where the model is; numbers with a fraction in the model's own type."""
    device, dtype = network.device, network.dtype
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return {
        name: tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)
        for name, tensor in tensors.items()
    }


@contextmanager
def _drawn(seed: int | None, device: torch.device) -> Iterator[None]:
    """With a seed of its own, and without a trace in what is drawn later."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


class _Left(StoppingCriteria):  # type: ignore[misc]
    """Stops the rows that nobody waits for any more.

    A model that drops the rows which are finished leaves no way to tell whose the others are: it is stopped as a whole.
    """

    def __init__(self, on_step: Gone, rows: int, beams: int) -> None:
        self._on_step = on_step
        self._rows = rows
        self._beams = beams

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        gone, lines = self._on_step(), len(input_ids)
        if lines == self._rows * self._beams:
            stopped = [line // self._beams in gone for line in range(lines)]
        else:
            stopped = [len(gone) == self._rows] * lines
        return torch.tensor(stopped, device=input_ids.device)

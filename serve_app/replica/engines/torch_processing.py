"""The processors' own last steps, which want tensors, for tasks, which see numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray

from serve_app.tasks.kit import PostProcess


class _Outputs(dict[str, Any]):
    """Outputs as a model returns them: by key and by attribute."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


def post_processing(processor: Any) -> PostProcess:
    """Runs a method of this processor by its name."""

    def run(
        name: str, outputs: Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]], settings: Mapping[str, Any]
    ) -> Any:
        with torch.inference_mode():
            return in_numbers(getattr(processor, name)(_in_tensors(outputs), **settings))

    return run


def _in_tensors(outputs: Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]]) -> Any:
    if isinstance(outputs, Mapping):
        return _Outputs({name: torch.from_numpy(array) for name, array in outputs.items()})
    return [torch.from_numpy(array) for array in outputs]


def in_numbers(value: Any) -> Any:
    """The same with arrays in place of tensors, wherever they stand."""
    if isinstance(value, torch.Tensor):
        return (value.float() if value.is_floating_point() else value).cpu().numpy()
    if isinstance(value, Mapping):
        return {name: in_numbers(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [in_numbers(part) for part in value]
    return value

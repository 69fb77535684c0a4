"""What one replica of a model needs in memory, told from the headers of its weights without loading them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serve_app.models.contents import Contents

RUNTIME_BYTES = 400 * 10**6
"""A process with Python, torch and transformers before it holds any weights, as measured on a CPU."""
# By torch's names, and what may be converted into one another when loading.
FLOATS = {"float64": 8, "double": 8, "float32": 4, "float": 4, "float16": 2, "half": 2, "bfloat16": 2}
STORED = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


class Need(NamedTuple):
    """The weights as they are served, and how much of memory they and the process take."""

    parameters: int | None
    dtype: str
    weights_bytes: int
    runtime_bytes: int = RUNTIME_BYTES


def need(contents: Contents, kwargs: Mapping[str, Any]) -> Need:
    """Batches come on top: they grow with batching.max_batch_tokens."""
    if not contents.tensors:
        return Need(None, "as pickled", sum(path.stat().st_size for path in contents.weights))
    dtype = _served_as(contents, kwargs)
    bytes_each = FLOATS.get(dtype)
    return Need(
        parameters=sum(tensor.numbers for tensor in contents.tensors),
        dtype=dtype,
        weights_bytes=sum(
            tensor.numbers * bytes_each if bytes_each and tensor.dtype in STORED else tensor.bytes
            for tensor in contents.tensors
        ),
    )


def _served_as(contents: Contents, kwargs: Mapping[str, Any]) -> str:
    """What the operator says, else what the model's config says, else what the file holds."""
    config = contents.config
    said = (kwargs.get("dtype"), kwargs.get("torch_dtype"), config.get("dtype"), config.get("torch_dtype"))
    names = [name.removeprefix("torch.") for name in said if isinstance(name, str) and name != "auto"]
    stored = next((tensor.dtype for tensor in contents.tensors if tensor.dtype in STORED), contents.tensors[0].dtype)
    return names[0] if names else STORED.get(stored, stored)

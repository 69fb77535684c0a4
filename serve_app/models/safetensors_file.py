"""What a safetensors file says of itself in its first bytes, and whether its size agrees; nothing of it is run."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad

LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000
BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}


class Tensor(NamedTuple):
    """One entry of a header."""

    name: str
    dtype: str
    numbers: int
    bytes: int


def tensors(path: Path) -> list[Tensor]:
    """Every tensor of the file, or `ModelCannotLoad` when the file is not what it says."""
    size = path.stat().st_size
    header, length = _header(path, size)
    found, end = [], 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        try:
            dtype, shape, (start, stop) = entry["dtype"], entry["shape"], entry["data_offsets"]
            numbers = math.prod(shape)
            sound = 0 <= start <= stop and (dtype not in BITS or numbers * BITS[dtype] == (stop - start) * 8)
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise _damaged(path, "a tensor's size does not agree with its shape")
        found.append(Tensor(name, dtype, numbers, stop - start))
        end = max(end, stop)
    if LENGTH_BYTES + length + end != size:
        raise _damaged(path, f"it has {size} bytes and says {LENGTH_BYTES + length + end}")
    return found


def _header(path: Path, size: int) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        if size <= LENGTH_BYTES or length > min(size - LENGTH_BYTES, LONGEST_HEADER):
            raise _damaged(path, f"its {size} bytes do not hold the header that they announce")
        text = file.read(length)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(path, "its header is not JSON") from None
    if not isinstance(header, dict):
        raise _damaged(path, "its header is not a table of tensors")
    return header, length


def _damaged(path: Path, why: str) -> ModelCannotLoad:
    return ModelCannotLoad(
        f"the safetensors file in {path.parent} is damaged ({path.name}: {why}): fetch the model again "
        "(`serve-app download` does, for a model of a hub)"
    )

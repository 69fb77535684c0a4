"""The protocol's datatypes, what each is in numpy, and what stands where a row holds less than its neighbours."""

from collections.abc import Mapping
from typing import Any, NamedTuple

BYTES = "BYTES"
NUMBERS: Mapping[str, str] = {
    "BOOL": "?",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
"""Little-endian, as they lie in a binary body."""
DATATYPES = (*NUMBERS, BYTES)
WHOLE = tuple(name for name in NUMBERS if "INT" in name)
FRACTIONS = tuple(name for name in NUMBERS if name.startswith("FP"))


class Written(NamedTuple):
    """How one kind of value is answered."""

    datatype: str
    padding: Any


TEXT = Written(BYTES, "")
WRITTEN: Mapping[str, Written] = {
    "text": TEXT,
    "json": TEXT,
    "file": TEXT,
    "image": TEXT,
    "sound": TEXT,
    "whole": Written("INT64", -1),
    "number": Written("FP32", 0.0),
    "truth": Written("BOOL", False),
}

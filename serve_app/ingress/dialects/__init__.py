"""The dialects that share the models' own URLs, and how a body tells which one it is in."""

from collections.abc import Mapping
from typing import Any

from serve_app.errors import BadRequest
from serve_app.ingress.dialects.base import Dialect
from serve_app.ingress.dialects.huggingface import HuggingFace
from serve_app.ingress.dialects.native import Native
from serve_app.tasks.base import Task

FILES: Dialect = HuggingFace()
"""Whose bodies may be the bytes of a file and nothing else."""
DIALECTS: tuple[Dialect, ...] = (Native(), FILES)


def dialect_of(body: Mapping[str, Any], task: Task) -> Dialect:
    """The dialect whose mark the body carries; both or neither is nobody's."""
    spoken = [dialect for dialect in DIALECTS if dialect.knows(body, task)]
    if len(spoken) == 1:
        return spoken[0]
    marks = " or ".join(f"`{dialect.mark}` ({dialect.name})" for dialect in DIALECTS)
    found = "both" if spoken else "neither"
    raise BadRequest(f"the body must hold exactly one of {marks}; it holds {found}")

"""What goes wrong at a hub, switched on for a model or for one of its files."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["missing", "gated", "private", "forbidden", "busy", "down", "broken", "truncated", "altered", "stalled"]


@dataclass
class Fault:
    """What goes wrong, and how often; afterwards all is well."""

    kind: Kind
    times: int = 1000
    status: int = 401
    retry_after: int = 0


REFUSALS = {
    "missing": (404, "EntryNotFound"),
    "gated": (0, "GatedRepo"),
    "private": (401, "RepoNotFound"),
    "forbidden": (403, ""),
    "busy": (429, ""),
    "down": (503, ""),
}
DAMAGES = {
    "broken": lambda content: content[: len(content) // 2],
    "stalled": lambda content: content[: len(content) // 2],
    "truncated": lambda content: content[: len(content) // 2],
    "altered": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
}

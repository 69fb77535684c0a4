"""How a tiny model gets its random weights and its folder."""

from pathlib import Path
from typing import Any

SENTENCES = (
    "a good day",
    "what a wonderful long day it was by the sea, and nobody wanted to go home before the sun was gone",
    "no",
    "今天天气很好",
    "يوم جميل جدا",
    "yes 👩‍👩‍👧 and 🎉",
    "cafe\u0301 nai\u0308ve",
)


def seed() -> None:
    """The same weights every time."""
    import torch

    torch.manual_seed(7)


def save(folder: Path, network: Any, tokenizer: Any) -> Path:
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

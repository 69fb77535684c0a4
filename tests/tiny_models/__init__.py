"""Tiny models with random weights and real tokenizers, each made in a second and without a network."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.tiny_models.base import SENTENCES
from tests.tiny_models.bert import bert, encoder
from tests.tiny_models.decoders import gpt2, llama
from tests.tiny_models.encoder_decoders import bart, t5

MAKERS: Mapping[str, Callable[[Path], Path]] = {
    "bert": bert,
    "encoder": encoder,
    "gpt2": gpt2,
    "llama": llama,
    "t5": t5,
    "bart": bart,
}


class Folders(dict[str, Path]):
    """Every tiny model by name, made when it is first asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def __missing__(self, name: str) -> Path:
        self[name] = MAKERS[name](self._root / name)
        return self[name]


__all__ = ["MAKERS", "SENTENCES", "Folders", "bert", "encoder"]

"""What a recipe is: an architecture, a language and a loss that together become a folder of a trained model.

To add a demo model: write its language in `demo/languages/`, its recipe here with a `RECIPE` at the end, and its line
in `demo/table.py`; the tests for every demo model pick it up from there.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor
from transformers.utils import logging

from serve_app.demo.languages.base import Example
from serve_app.demo.training import reproducible, train

_CARD = """---
license: apache-2.0
pipeline_tag: {task}
tags:
- serve-app-demo
---

# demo/{name}

{about}

Made by `python -m serve_app.demo {name}` in a few seconds on a CPU, from sentences that the recipe itself
generates; no other data went in. It is a real `{architecture}` with {parameters:,} parameters, meant for trying out and
testing a server. Outside its little language it knows nothing.
"""


class Recipe(ABC):
    """One demo model; `steps` and `lr` are what its training takes."""

    task: ClassVar[str]
    about: ClassVar[str]
    steps: ClassVar[int]
    lr: ClassVar[float]

    @abstractmethod
    def tokenizer(self) -> Any:
        """The tokenizer, made from the language."""

    @abstractmethod
    def model(self, tokenizer: Any) -> Any:
        """The model with random weights."""

    @abstractmethod
    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """The loss on one fresh batch after the other, without end."""

    def extra_files(self) -> Mapping[str, str]:
        """Override when the folder needs more than transformers saves: texts by path."""
        return {}

    def save(self, model: Any, tokenizer: Any, folder: Path) -> None:
        """Override where one of them holds the other."""
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def parameters(self, model: Any) -> int:
        """How many there are. Override where a model is more than one network."""
        return sum(weight.numel() for weight in model.parameters())

    def make(self, name: str, folder: Path, step_done: Callable[[int], None]) -> None:
        """Train the model and save all that belongs to it."""
        with reproducible(), _quiet():
            tokenizer = self.tokenizer()
            model, rng = self.model(tokenizer), random.Random(0)
            if self.steps:
                train(model, self.losses(model, tokenizer, rng), self.steps, self.lr, step_done)
            self.save(model, tokenizer, folder)
        card = _CARD.format(
            name=name,
            task=self.task,
            about=self.about,
            architecture=type(model).__name__,
            parameters=self.parameters(model),
        )
        for path, text in {"README.md": card, **self.extra_files()}.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' own bars and warnings, which speak of things a recipe means to do."""
    verbosity, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bars:
            logging.enable_progress_bar()


def causal_batch(tokenizer: Any, examples: Sequence[Example]) -> dict[str, Tensor]:
    """Prompts and answers up to the end token, padded; only the answers count."""
    prompts = tokenizer([example.text for example in examples])["input_ids"]
    answers = tokenizer([example.answer + tokenizer.eos_token for example in examples])["input_ids"]
    longest = max(len(prompt) + len(answer) for prompt, answer in zip(prompts, answers, strict=True))
    ids = torch.full((len(examples), longest), tokenizer.eos_token_id)
    labels = torch.full((len(examples), longest), -100)
    for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        end = len(prompt) + len(answer)
        ids[row, :end] = torch.tensor(prompt + answer)
        labels[row, len(prompt) : end] = ids[row, len(prompt) : end]
    return {"input_ids": ids, "labels": labels}

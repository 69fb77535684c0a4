"""What a recipe is: an architecture, a language and a loss that together become a folder of a trained model.

To add a demo model: write its language in `demo/languages/`, its recipe here with a `RECIPE` at the end, and its line in
`demo/table.py`; the tests for every demo model pick it up from there.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
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

Made by `python -m serve_app.demo {name}` in a few seconds on a CPU, from sentences that the recipe itself generates; no other
data went in. It is a real `{architecture}` with {parameters:,} parameters, meant for trying out and testing a server.
Outside its little language it knows nothing.
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

    def add_files(self, folder: Path) -> None:
        """Override when the folder needs more than transformers saves."""

    def make(self, name: str, folder: Path, step_done: Callable[[], None]) -> None:
        """Train the model and save all that belongs to it."""
        logging.disable_progress_bar()
        try:
            with reproducible():
                tokenizer = self.tokenizer()
                model, rng = self.model(tokenizer), random.Random(0)
                train(model, self.losses(model, tokenizer, rng), self.steps, self.lr, step_done)
            model.save_pretrained(folder)
        finally:
            logging.enable_progress_bar()
        tokenizer.save_pretrained(folder)
        architecture, parameters = type(model).__name__, sum(weight.numel() for weight in model.parameters())
        card = _CARD.format(
            name=name, task=self.task, about=self.about, architecture=architecture, parameters=parameters
        )
        (folder / "README.md").write_text(card, encoding="utf-8")
        self.add_files(folder)


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

"""A recipe of weights that learn nothing: a real architecture, as small as it works."""

import random
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from serve_app.demo.recipes.base import Recipe


class Untrained(Recipe):
    """What such a model answers has no sense, but always the same."""

    steps = 0
    lr = 0.0

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """None: there are no steps."""
        return iter(())

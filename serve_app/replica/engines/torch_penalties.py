"""What makes single tokens more or less likely for one row: its biases, and what is there already."""

from collections.abc import Sequence

import torch
from torch import Tensor

from serve_app.tasks.sequences import Sampling


class Penalties:
    """Kept as wide as the vocabulary, so that a step costs the same however long the text is."""

    def __init__(self, prompt: Sequence[int], sampling: Sampling, like: Tensor) -> None:
        self._sampling = sampling
        width, device = len(like), like.device
        ids = [id for id, _ in sampling.logit_bias]
        if any(id >= width for id in ids):
            # Told here, because a GPU finds it out too late and for all rows.
            raise IndexError("a bias is for a token that the model does not have")
        self._biased = torch.tensor(ids, dtype=torch.int64, device=device)
        self._biases = torch.tensor([bias for _, bias in sampling.logit_bias], dtype=like.dtype, device=device)
        self._seen = self._times = None
        if sampling.repetition_penalty != 1:
            self._seen = torch.zeros(width, dtype=torch.bool, device=device)
            self._seen[torch.tensor(prompt, dtype=torch.int64, device=device)] = True
        if sampling.frequency_penalty or sampling.presence_penalty:
            self._times = torch.zeros(width, dtype=like.dtype, device=device)

    def apply(self, scores: Tensor) -> None:
        """Change the scores in place."""
        sampling = self._sampling
        if len(self._biased):
            scores.index_add_(0, self._biased, self._biases)
        if self._seen is not None:
            penalty = sampling.repetition_penalty
            scores.copy_(torch.where(self._seen, torch.where(scores < 0, scores * penalty, scores / penalty), scores))
        if self._times is not None:
            scores -= self._times * sampling.frequency_penalty + (self._times > 0) * sampling.presence_penalty

    def take(self, token: int) -> None:
        """What was chosen."""
        if self._seen is not None:
            self._seen[token] = True
        if self._times is not None:
            self._times[token] += 1

"""Biases and penalties, by hand."""

import pytest
import torch
from torch import Tensor

from serve_app.replica.engines.torch_penalties import Penalties
from serve_app.tasks.sequences import Sampling


def applied(sampling: Sampling, prompt: list[int], written: list[int]) -> list[float]:
    scores: Tensor = torch.tensor([2.0, -2.0, 1.0, 0.0, -1.0])
    penalties = Penalties(prompt, sampling, scores)
    for token in written:
        penalties.take(token)
    penalties.apply(scores)
    changed: list[float] = scores.tolist()
    return changed


def test_repetition_counts_the_prompt_and_divides_or_multiplies() -> None:
    assert applied(Sampling(repetition_penalty=2.0), [0, 0], [1, 4]) == [1.0, -4.0, 1.0, 0.0, -2.0]


def test_frequency_and_presence_count_what_was_written_alone() -> None:
    sampling = Sampling(frequency_penalty=0.5, presence_penalty=0.25)
    assert applied(sampling, [3, 3], [0, 0, 2]) == [0.75, -2.0, 0.25, 0.0, -1.0]


def test_biases_of_one_token_add_up() -> None:
    assert applied(Sampling(logit_bias=((1, 5.0), (3, -1.0), (1, 1.0))), [], []) == [2.0, 4.0, 1.0, -1.0, -1.0]


def test_a_bias_for_no_token_of_the_model_is_told_before_any_device_sees_it() -> None:
    with pytest.raises(IndexError):
        applied(Sampling(logit_bias=((5, 1.0),)), [], [])

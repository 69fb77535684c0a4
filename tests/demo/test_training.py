"""The training loop leaves no trace in the process that asked for it, and gives the same weights every time."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from serve_app.demo.training import reproducible, train


def fitted() -> tuple[Tensor, list[int]]:
    steps: list[int] = []
    with reproducible():
        model = nn.Linear(3, 1)

        def losses() -> Iterator[Tensor]:
            while True:
                inputs = torch.randn(16, 3)
                yield ((model(inputs) - inputs.sum(1, keepdim=True)) ** 2).mean()

        train(model, losses(), 200, 0.1, steps.append)
    return model.weight.detach(), steps


def test_a_model_learns_and_every_step_is_told() -> None:
    weight, steps = fitted()
    torch.testing.assert_close(weight, torch.ones(1, 3), atol=0.01, rtol=0)
    assert steps == list(range(1, 201))


def test_training_is_reproducible_and_leaves_generator_and_threads_as_they_were() -> None:
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    assert torch.equal(fitted()[0], fitted()[0])
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads

"""The training loop that all demo models share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import torch
from torch import Tensor, nn

_SEED = 20


def train(model: nn.Module, losses: Iterator[Tensor], steps: int, lr: float, step_done: Callable[[int], None]) -> None:
    """AdamW under one cycle of learning rates."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps, pct_start=0.15)
    model.train()
    for step, loss in enumerate(islice(losses, steps), start=1):
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        step_done(step)
    model.eval()


@contextmanager
def reproducible() -> Iterator[None]:
    """The same weights every time on one machine, without a trace in the process that asked for them.

    One thread: models this small gain little from a second, and lose much when several are built at once.
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(_SEED)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

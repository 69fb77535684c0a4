"""The training loop that all demo models share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

import torch
from torch import Tensor, nn

_SEED = 20


def train(model: nn.Module, losses: Iterator[Tensor], steps: int, lr: float, step_done: Callable[[], None]) -> None:
    """AdamW under one cycle of learning rates."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps, pct_start=0.15)
    model.train()
    for loss in islice(losses, steps):
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        step_done()
    model.eval()


@contextmanager
def reproducible() -> Iterator[None]:
    """The same weights every time on one machine, without a trace in the process that asked for them."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(_SEED)
        torch.set_num_threads(min(2, os.cpu_count() or 1))
        try:
            yield
        finally:
            torch.set_num_threads(threads)

"""The process around a PyTorch model: its device, its threads, its share of a GPU and its out-of-memory errors."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

from serve_app.config.schema import Model, Resources
from serve_app.errors import ModelCannotLoad

T = TypeVar("T")
# What the CUDA context and its libraries take beside torch's own memory.
CONTEXT_BYTES = 600 * 2**20
SMALLEST_SHARE = 0.01
# What torch's CPU allocator says; it has no error class of its own.
CPU_OUT_OF_MEMORY = ("DefaultCPUAllocator", "can't allocate memory", "not enough memory")


def prepare(model: Model) -> str:
    """Set up this process for one model; the device's name in torch's words."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(threads(model.resources))
    wanted = model.hf_device
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ModelCannotLoad(f"hf_device {wanted} is no device: use cpu, cuda, cuda:0 or mps") from error
    if device.type == "cuda":
        _share_gpu(wanted, device.index or 0, model.resources.num_gpus)
    elif device.type == "mps" and not torch.backends.mps.is_available():
        raise ModelCannotLoad("hf_device is mps and this machine has none: use cpu")
    return wanted


def apart(work: Callable[[], T]) -> T:
    """The same in a thread that ends with it.

    Every thread that has used several cores keeps a team of OpenMP's for as long as it lives, and two teams on one
    machine make each other sleep where one would spin: a model's small steps then take one and a half times as long.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    thread = threading.Thread(target=run, name="loading")
    thread.start()
    thread.join()
    return done.result()


def threads(resources: Resources) -> int:
    """Ray sets OMP_NUM_THREADS to 1 where a replica takes less than a CPU, so the number is always set here."""
    if resources.num_threads is not None:
        return resources.num_threads
    if resources.num_cpus >= 1:
        return int(resources.num_cpus)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(usable)


def share_of(num_gpus: float, total_bytes: int) -> float:
    """The part of a GPU's memory that torch may take, so that the replicas beside it find theirs."""
    return max(SMALLEST_SHARE, num_gpus - CONTEXT_BYTES / total_bytes)


def _share_gpu(wanted: str, index: int, num_gpus: float) -> None:
    import torch  # noqa: PLC0415

    if index >= torch.cuda.device_count():
        raise ModelCannotLoad(
            f"hf_device is {wanted} and this process sees {torch.cuda.device_count()} GPUs: "
            "set resources.num_gpus, or hf_device to cpu"
        )
    if 0 < num_gpus < 1:
        total = torch.cuda.get_device_properties(index).total_memory
        torch.cuda.set_per_process_memory_fraction(share_of(num_gpus, total), index)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Every way in which torch runs out of memory becomes a `MemoryError`."""
    import torch  # noqa: PLC0415

    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise MemoryError("the device's memory is full") from error
    except RuntimeError as error:
        if any(words in str(error) for words in CPU_OUT_OF_MEMORY):
            raise MemoryError("the machine's memory is full") from error
        raise

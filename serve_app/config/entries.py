"""What must hang together inside one model entry, beyond what each field says by itself."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from serve_app import demo, tasks
from serve_app.config.faults import Fault, join
from serve_app.config.schema import Autoscaling, Model
from serve_app.config.sections import read_section
from serve_app.config.spelling import advise, found
from serve_app.config.unserved import REASONS, lacking, served
from serve_app.replica import engines

DEVICES = ("cpu", "cuda", "cuda:0", "mps")
OTHER_WORDS = {"gpu": "cuda", "nvidia": "cuda", "metal": "mps"}
RESERVED_NAMES = ("ingress",)
SMALLEST_QUANTITY = 0.0001

Found = Iterator[Fault]


class Check(NamedTuple):
    """A check, and the fields whose defaults would mislead it: it is left out while one of these is at fault."""

    needs: tuple[str, ...]
    run: Callable[[Model], Found]


def entry_faults(model: Model, where: str, faulted: frozenset[str]) -> list[Fault]:
    """Everything in an entry that does not hang together."""
    return [
        fault._replace(path=join(where, fault.path))
        for check in CHECKS
        if not any(_touches(join(where, field), path) for field in check.needs for path in faulted)
        for fault in check.run(model)
    ]


def _touches(field: str, path: str) -> bool:
    return field == path or field.startswith(f"{path}.")


def _name(model: Model) -> Found:
    if model.name in RESERVED_NAMES:
        yield Fault("name", f"'{model.name}' is the name of a deployment of our own", "choose another name")


def _options(model: Model) -> Found:
    debug = model.options.get("debug")
    if not isinstance(debug, bool | None):
        yield Fault("options.debug", f"expected true or false, found {found(debug)}")


def _task(model: Model) -> Found:
    word = model.hf_task
    if reason := REASONS.get(word):
        yield Fault("hf_task", f"{found(word)} cannot be served: {reason}", f"tasks: {', '.join(served())}")
    elif tasks.find(word) is None:
        yield Fault("hf_task", f"unknown task {found(word)}", advise(word, tasks.words(), "tasks"))
    elif extra := lacking(word):
        yield Fault(
            "hf_task",
            f"{found(word)} needs a package that is not installed here",
            f"pip install 'serve-app[{extra}]', or take another of the tasks: {', '.join(served())}",
        )


def _parameters(model: Model) -> Found:
    task = tasks.find(model.hf_task)
    if task is None:
        return
    given = model.hf_generation_kwargs
    # What a task cannot do without may come with each request.
    left = {join("hf_generation_kwargs", name) for name in task.Params.model_fields.keys() - given.keys()}
    faults = read_section(task.Params, given, "hf_generation_kwargs").faults
    yield from (fault for fault in faults if fault.path not in left)


def _engine(model: Model) -> Found:
    if model.engine not in engines.ENGINES:
        yield Fault("engine", f"unknown engine {found(model.engine)}", advise(model.engine, engines.ENGINES, "engines"))


def _engine_options(model: Model) -> Found:
    if model.engine not in engines.ENGINES:
        return
    try:
        options = engines.find(model.engine).Options
    except ImportError as missing:
        yield Fault(
            "engine", f"'{model.engine}' is not installed here: {missing}", "install it, or take another engine"
        )
    else:
        yield from read_section(options, model.engine_options, "engine_options").faults


def _demo(model: Model) -> Found:
    kind, _, name = model.hf_model_name.partition("/")
    if kind == "demo" and name not in demo.NAMES:
        choices = [f"demo/{known}" for known in demo.NAMES]
        yield Fault(
            "hf_model_name", f"unknown demo model {found(model.hf_model_name)}", advise(model.hf_model_name, choices)
        )


def _quantities(model: Model) -> Found:
    resources = model.resources
    amounts = {"num_cpus": resources.num_cpus, "num_gpus": resources.num_gpus}
    amounts |= {f"custom.{name}": amount for name, amount in resources.custom.items()}
    for name, amount in amounts.items():
        if 0 < amount < SMALLEST_QUANTITY:
            yield Fault(f"resources.{name}", f"expected 0 or at least {SMALLEST_QUANTITY}, found {amount:g}")
    for word in sorted({"CPU", "GPU", "memory", "object_store_memory"} & resources.custom.keys()):
        yield Fault(f"resources.custom.{word}", f"'{word}' is no custom resource", "use num_cpus, num_gpus or memory")
    if resources.num_gpus > 1 and resources.num_gpus % 1:
        yield Fault(
            "resources.num_gpus",
            f"expected a fraction of one GPU or whole GPUs, found {resources.num_gpus:g}",
            f"{int(resources.num_gpus)} or {int(resources.num_gpus) + 1}; a fraction must fit one GPU",
        )


def _device(model: Model) -> Found:
    device, gpus = model.hf_device, model.resources.num_gpus
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", device):
        yield Fault("hf_device", f"unknown device {found(device)}", advise(OTHER_WORDS.get(device, device), DEVICES))
    elif device.startswith("cuda") and not gpus:
        yield Fault(
            "resources.num_gpus",
            f"expected more than 0, as hf_device is {device}, found 0",
            "set num_gpus (1, or a fraction such as 0.25), or hf_device: cpu",
        )
    elif not device.startswith("cuda") and gpus:
        yield Fault(
            "hf_device",
            f"expected cuda, as num_gpus is {gpus:g}, found {found(device)}",
            "set hf_device: cuda, or num_gpus: 0",
        )
    elif ":" in device and int(device.partition(":")[2]) >= max(gpus, 1):
        yield Fault(
            "hf_device",
            f"a replica sees only its own {gpus:g} GPU, counted from 0, so {device} does not exist",
            "write cuda: Ray chooses the GPU",
        )


def _replicas(model: Model) -> Found:
    if model.num_replicas is not None and model.autoscaling is not None:
        yield Fault("num_replicas", "stands beside autoscaling, which sets the number itself", "keep one of the two")


def _autoscaling(model: Model) -> Found:
    scaling = model.autoscaling or Autoscaling()
    low, high, start = scaling.min_replicas, scaling.max_replicas, scaling.initial_replicas
    if low > high:
        yield Fault("autoscaling.min_replicas", f"expected at most max_replicas, which is {high}, found {low}")
    elif start is not None and not low <= start <= high:
        yield Fault(
            "autoscaling.initial_replicas", f"expected {low} (min_replicas) to {high} (max_replicas), found {start}"
        )


def _tokens(model: Model) -> Found:
    batch, single = model.batching.max_batch_tokens, model.limits.max_input_tokens
    if single is not None and batch < single:
        yield Fault(
            "batching.max_batch_tokens",
            f"expected at least limits.max_input_tokens, which is {single}, found {batch}",
            "the longest input must fit a batch",
        )


CHECKS: tuple[Check, ...] = (
    Check((), _name),
    Check((), _options),
    Check((), _task),
    Check(("hf_task",), _parameters),
    Check((), _engine),
    Check(("engine",), _engine_options),
    Check((), _demo),
    Check((), _quantities),
    Check(("hf_device", "resources.num_gpus"), _device),
    Check((), _replicas),
    Check(("autoscaling.min_replicas", "autoscaling.max_replicas", "autoscaling.initial_replicas"), _autoscaling),
    Check(("batching.max_batch_tokens", "limits.max_input_tokens"), _tokens),
)

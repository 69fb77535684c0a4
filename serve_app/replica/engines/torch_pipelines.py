"""A pipeline of diffusers from a folder into memory, and what of it a task has to know."""

import inspect
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.replica.engines.torch_load import ALREADY_USED, DTYPES
from serve_app.replica.engines.torch_reasons import reason
from serve_app.tasks.base import Task
from serve_app.tasks.kit import Kit

PASSED = ("variant", "trust_remote_code")
OTHERS = (*DTYPES, "use_safetensors")
BETWEEN_STEPS = "callback_on_step_end"
# Where a pipeline cuts the text of its last reader, and the argument by which it says so.
_LONGEST_TEXT = "max_sequence_length"
_MOST_TOKENS = 1_000_000


def load_pipeline(folder: Path, model: Model, task: Task, device: str) -> Any:
    """The pipeline of the task's kind, ready to run, or `ModelCannotLoad`."""
    try:
        import diffusers  # noqa: PLC0415
    except ImportError:
        raise ModelCannotLoad(f"{task.name} needs diffusers: pip install 'serve-app[diffusion]'") from None
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    given = {name: value for name, value in model.hf_model_kwargs.items() if name not in ALREADY_USED}
    if unknown := sorted(given.keys() - {*PASSED, *OTHERS}):
        raise ModelCannotLoad(
            f"hf_model_kwargs has {unknown[0]}, which means nothing to a pipeline: there are "
            f"{', '.join((*PASSED, *OTHERS))}"
        )
    word = next((str(given[name]).removeprefix("torch.") for name in DTYPES if name in given), "float32")
    dtype = getattr(torch, "float32" if word == "auto" else word, None)
    if not isinstance(dtype, torch.dtype):
        raise ModelCannotLoad("hf_model_kwargs.dtype is no type of torch: use float32, bfloat16 or float16")
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    options = {name: given[name] for name in PASSED if name in given}
    try:
        pipe = getattr(diffusers, task.auto_model).from_pretrained(
            folder, dtype=dtype, use_safetensors=True, local_files_only=True, **options
        )
    except MemoryError:
        raise
    except Exception as error:
        if "can't find a pipeline linked to" in str(error):
            raise ModelCannotLoad(
                f"{folder} is a kind of pipeline that cannot do {task.name}: correct hf_task or hf_model_name"
            ) from error
        raise ModelCannotLoad(reason(error, folder, task.name)) from error
    if BETWEEN_STEPS not in taken_by(pipe):
        raise ModelCannotLoad(f"{type(pipe).__name__} cannot be stopped between its steps, so it is not served")
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def taken_by(pipe: Any) -> Mapping[str, inspect.Parameter]:
    """What a call of the pipeline takes."""
    return inspect.signature(pipe.__call__).parameters


def pipeline_kit(pipe: Any, model: Model) -> Kit:
    """Its longest reader of text, its sizes, and the words that requests may choose among."""
    readers = [part for name, part in pipe.components.items() if name.startswith("tokenizer") and part is not None]
    # A copy: the pipeline's own is set to cut and pad while it runs, in another thread.
    reader = deepcopy(max(readers, key=lambda part: int(part.model_max_length), default=None))
    taken = taken_by(pipe)
    own = taken[_LONGEST_TEXT].default if _LONGEST_TEXT in taken else None
    limits = (reader.model_max_length if reader else 0, own, model.limits.max_input_tokens, _MOST_TOKENS)
    longest = min(limit for limit in limits if isinstance(limit, int))
    if fast := getattr(reader, "backend_tokenizer", None):
        fast.no_truncation()
        fast.no_padding()
    return Kit(
        tokenizer=reader,
        max_input_tokens=longest,
        max_total_tokens=longest,
        whole_config={
            **pipe.config,
            "takes": tuple(taken),
            "schedulers": tuple(sorted(schedulers_of(pipe))),
            "side": _side(pipe),
            "side_multiple": 8,
        },
        max_pixels=model.limits.max_pixels,
    )


def schedulers_of(pipe: Any) -> dict[str, Any]:
    """The classes that may take the place of the pipeline's own, without those that lack a library."""
    found = [type(pipe.scheduler), *getattr(pipe.scheduler, "compatibles", ())]
    return {kind.__name__: kind for kind in found if not hasattr(kind, "_backends")}


def _side(pipe: Any) -> int | None:
    """How wide and high an image is that nobody gave a size."""
    network = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    size = getattr(pipe, "default_sample_size", None) or getattr(getattr(network, "config", None), "sample_size", None)
    scale = getattr(pipe, "vae_scale_factor", None)
    return size * scale if isinstance(size, int) and isinstance(scale, int) else None

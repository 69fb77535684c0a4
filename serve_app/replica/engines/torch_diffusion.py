"""Images from prompts, or from other images: a pipeline of diffusers that is looked at between its steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from serve_app.config.schema import Model
from serve_app.replica.engines import base
from serve_app.replica.engines.torch_pipelines import BETWEEN_STEPS, load_pipeline, pipeline_kit, schedulers_of
from serve_app.tasks.base import Arrays, Gone, Task
from serve_app.tasks.kit import Kit

_OWN = ("scheduler",)
_BRIGHTEST = 255


class Painter:
    """One pipeline; rows of a call share its settings, and each has a seed of its own."""

    def __init__(self, folder: Path, model: Model, task: Task, device: str) -> None:
        self._pipe = load_pipeline(folder, model, task, device)
        self._own_scheduler, self._schedulers = self._pipe.scheduler, schedulers_of(self._pipe)
        self.kit: Kit = pipeline_kit(self._pipe, model)

    def card(self, revision: str, device: str, facts: Mapping[str, Any]) -> base.Card:
        networks = [part for part in self._pipe.components.values() if isinstance(part, torch.nn.Module)]
        return base.Card(
            dtype=str(self._pipe.dtype).removeprefix("torch."),
            device=device,
            revision=revision,
            max_input_tokens=self.kit.max_input_tokens,
            parameters=sum(weight.numel() for network in networks for weight in network.parameters()),
            facts=facts,
        )

    def paint(self, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone) -> Arrays:
        """`output` holds the images, and `withheld` tells which of them the model's own checker has blackened."""
        seeds = arrays["seed"]
        given = {name: value for name, value in settings.items() if name not in _OWN}
        if "pixel_values" in arrays:
            given["image"] = torch.from_numpy(arrays["pixel_values"]).float() / _BRIGHTEST
        self._pipe.scheduler = self._scheduler(settings.get("scheduler"))

        def looked_at(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            if len(on_step()) == len(seeds):
                raise _Left
            return {}

        try:
            with torch.inference_mode():
                told = self._pipe(
                    **given,
                    # On the CPU, so that a seed means the same on every device.
                    generator=[torch.Generator().manual_seed(int(seed)) for seed in seeds],
                    output_type="np",
                    **{BETWEEN_STEPS: looked_at},
                )
        except _Left:
            return {}
        withheld = getattr(told, "nsfw_content_detected", None) or [False] * len(seeds)
        return {
            "output": (np.asarray(told.images) * _BRIGHTEST).round().astype(np.uint8),
            "withheld": np.asarray(withheld, dtype=bool),
        }

    def _scheduler(self, name: str | None) -> Any:
        """A new one for each call: they count their steps."""
        kind = self._schedulers[name] if name else type(self._own_scheduler)
        return kind.from_config(self._own_scheduler.config)


class _Left(Exception):
    """Nobody waits for any of the images."""

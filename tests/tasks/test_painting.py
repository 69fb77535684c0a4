"""Images from prompts and from images against diffusers' own pipelines: the same pixels, alone and in any company."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.replica.engines.torch import TorchEngine
from serve_app.types import Done, Event, Failure
from tests.media import file_of, picture
from tests.served_model import ServedModel

PROMPTS = ["a good day", "wonderful", "no x y z"]
STEPS = 4
PICTURES = [picture(0, 64, 48), picture(1, 64, 48), picture(2, 41, 70)]


@pytest.fixture(scope="module")
def painter(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["painter"], "text-to-image")


@pytest.fixture(scope="module")
def changer(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["painter"], "image-to-image")


@pytest.fixture(scope="module")
def pipe(folders: dict[str, Path]) -> Any:
    from diffusers import StableDiffusionPipeline

    made = StableDiffusionPipeline.from_pretrained(str(folders["painter"]), local_files_only=True)
    made.set_progress_bar_config(disable=True)
    return made


@pytest.fixture(scope="module")
def changing_pipe(pipe: Any) -> Any:
    from diffusers import StableDiffusionImg2ImgPipeline

    made = StableDiffusionImg2ImgPipeline(**pipe.components, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


def drawn(seed: int) -> Any:
    import torch

    return torch.Generator().manual_seed(seed)


def pixels(blob: Any) -> NDArray[np.uint8]:
    from PIL import Image

    assert blob.media_type == "image/png"
    return np.asarray(Image.open(io.BytesIO(blob.data)))


def same(blob: Any, expected: Any) -> None:
    own, other = pixels(blob).astype(int), np.asarray(expected).astype(int)
    assert own.shape == other.shape
    # A batch sums in another order, which may tip a pixel that lies between two values.
    assert np.abs(own - other).max() <= 1


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (64, 64)),
        ({"guidance_scale": 1.0}, (64, 64)),
        ({"guidance_scale": 12.5, "negative_prompt": "wonderful"}, (64, 64)),
        ({"width": 48, "height": 80}, (48, 80)),
        ({"height": 72}, (64, 72)),
    ],
    ids=str,
)
def test_images_are_the_pipelines_own(
    painter: ServedModel, pipe: Any, settings: dict[str, Any], size: tuple[int, int]
) -> None:
    # The pipeline itself would forget a height that comes without a width.
    whole = {**settings, "width": size[0], "height": size[1]}
    expected = [
        pipe(prompt, generator=drawn(seed), num_inference_steps=STEPS, **whole).images[0]
        for seed, prompt in enumerate(PROMPTS)
    ]
    given = [{"seed": seed, "num_inference_steps": STEPS, **settings} for seed in range(len(PROMPTS))]
    for blob, image in zip(painter.predict_each(PROMPTS, given), expected, strict=True):
        same(blob, image)
    [alone] = painter.predict_each(PROMPTS[1:2], given[1:2])
    same(alone, expected[1])
    assert expected[0].size == size
    assert len({image.tobytes() for image in expected}) == len(expected)


@pytest.mark.parametrize("name", ["EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "PNDMScheduler"])
def test_another_scheduler_leads_one_call_only(painter: ServedModel, pipe: Any, name: str) -> None:
    import diffusers

    [own] = painter.predict(PROMPTS[:1], seed=3, num_inference_steps=STEPS)
    first, second = painter.predict_each(
        PROMPTS[:2], [{"seed": seed, "num_inference_steps": STEPS, "scheduler": name} for seed in (3, 4)]
    )
    before = pipe.scheduler
    try:
        pipe.scheduler = getattr(diffusers, name).from_config(before.config)
        same(first, pipe(PROMPTS[0], generator=drawn(3), num_inference_steps=STEPS).images[0])
        same(second, pipe(PROMPTS[1], generator=drawn(4), num_inference_steps=STEPS).images[0])
    finally:
        pipe.scheduler = before
    assert painter.predict(PROMPTS[:1], seed=3, num_inference_steps=STEPS) == [own]
    assert first != own


def test_without_a_seed_every_image_is_another(painter: ServedModel) -> None:
    first, second = painter.predict([PROMPTS[0]] * 2, num_inference_steps=2)
    assert first != second


@pytest.mark.parametrize(
    ("settings", "target"),
    [
        ({}, None),
        ({"prompt": "a good day", "strength": 0.5, "negative_prompt": "no"}, None),
        ({"prompt": "wonderful", "guidance_scale": 1.0, "strength": 1.0}, None),
        ({"prompt": "a good day"}, {"width": 32, "height": 40}),
    ],
    ids=str,
)
def test_images_from_images_are_the_pipelines_own(
    changer: ServedModel, changing_pipe: Any, settings: dict[str, Any], target: Any
) -> None:
    from PIL import Image

    size = [(target["width"], target["height"])] * 3 if target else [(64, 48), (64, 48), (40, 64)]
    expected = [
        changing_pipe(
            **{"prompt": "", **settings},
            image=image.resize(size[seed], Image.Resampling.LANCZOS),
            generator=drawn(seed),
            num_inference_steps=STEPS,
        ).images[0]
        for seed, image in enumerate(PICTURES)
    ]
    more = {"target_size": target} if target else {}
    given = [{"seed": seed, "num_inference_steps": STEPS, **settings, **more} for seed in range(3)]
    files = [file_of(image) for image in PICTURES]
    for blob, image in zip(changer.predict_each(files, given), expected, strict=True):
        same(blob, image)
    [alone] = changer.predict_each(files[1:2], given[1:2])
    same(alone, expected[1])


def test_only_equal_settings_share_a_call(painter: ServedModel) -> None:
    def key(**given: Any) -> Any:
        return painter.task.key(painter.task.Params.model_validate(given))

    assert key(seed=1, negative_prompt="a") == key(seed=2, negative_prompt="b")
    assert len({key(), key(guidance_scale=2.0), key(negative_prompt=""), key(num_inference_steps=3)}) == 4
    [[small], [large]] = painter.expanded(painter.items(["a", "b"], [{}, {"width": 80}]))
    assert small.group != large.group
    assert (small.length, large.length) == (16, 20)


def test_it_stops_when_nobody_waits_any_more(painter: ServedModel) -> None:
    items = painter.items(PROMPTS[:2], [{"num_inference_steps": 50}] * 2)
    ticks = 0

    def tick(events: dict[int, Event]) -> frozenset[int]:
        nonlocal ticks
        assert not events, "there is nothing to tell"
        ticks += 1
        return frozenset([0, 1] if ticks >= 5 else [1] if ticks >= 2 else [])

    painter.task.run(items, painter.rows(items), painter.kit, painter.engine, tick)  # type: ignore[attr-defined]
    assert ticks == 5


def test_what_the_models_own_checker_withholds(painter: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = painter.engine.call

    def call(*given: Any) -> Any:
        return whole(*given) | {"withheld": np.asarray([False, True])}

    monkeypatch.setattr(painter.engine, "call", call)
    items = painter.items(PROMPTS[:2], [{"num_inference_steps": 1}] * 2)
    told: dict[int, Event] = {}

    def tick(events: dict[int, Event]) -> frozenset[int]:
        told.update(events)
        return frozenset()

    painter.task.run(items, painter.rows(items), painter.kit, painter.engine, tick)  # type: ignore[attr-defined]
    assert isinstance(told[0], Done)
    assert isinstance(told[1], Failure)
    assert (told[1].kind, "withholds" in told[1].message) == ("validation", True)


@pytest.mark.parametrize(
    ("kind", "value", "params", "error", "field", "words"),
    [
        ("painter", "a " * 40, {}, InputTooLong, None, "42 tokens and the model takes 32"),
        ("painter", "a", {"negative_prompt": "a " * 40}, InputTooLong, "negative_prompt", "42 tokens"),
        ("painter", "a", {"scheduler": "NoScheduler"}, InvalidInput, "scheduler", "EulerDiscreteScheduler"),
        ("painter", "a", {"width": 128, "height": 128}, InvalidInput, None, "128 x 128 pixels"),
        ("changer", b"no image", {}, InvalidInput, None, ""),
        ("changer", file_of(PICTURES[0]), {"prompt": "a " * 40}, InputTooLong, "prompt", "42 tokens"),
        ("changer", file_of(PICTURES[0]), {"num_inference_steps": 1}, InvalidInput, "strength", "less than one"),
        ("changer", file_of(picture(0, 2100, 4)), {}, InvalidInput, None, "target_size"),
    ],
    ids=range(8),
)
def test_what_is_wrong_harms_no_neighbour(
    folders: dict[str, Path], kind: str, value: Any, params: Any, error: type[Exception], field: str | None, words: str
) -> None:
    task = {"painter": "text-to-image", "changer": "image-to-image"}[kind]
    served = ServedModel(folders["painter"], task, limits={"max_pixels": 10_000})
    good = "a" if kind == "painter" else file_of(PICTURES[0])
    first, found, last = served.task.expand(served.items([good, value, good], [{}, params, {}]), served.kit)
    assert type(found) is error
    assert getattr(found, "field", None) == field
    assert words in str(found)
    assert isinstance(first, list)
    assert isinstance(last, list)


def loaded(folder: Path, task: str, **kwargs: Any) -> None:
    from serve_app import tasks
    from serve_app.config.schema import Model

    found = tasks.find(task)
    assert found is not None
    entry = Model(name="m", hf_model_name=str(folder), hf_task=task, hf_model_kwargs=kwargs)
    TorchEngine().load(entry, found)


@pytest.mark.parametrize(
    ("folder", "task", "kwargs", "words"),
    [
        ("bert", "text-to-image", {}, "no pipeline, and the task takes one, with its model_index.json"),
        ("painter", "text-classification", {}, "is a pipeline of diffusers, and the task takes none"),
        ("painter", "text-to-image", {"dtype": "float7"}, "hf_model_kwargs.dtype"),
        ("painter", "text-to-image", {"use_cache": True}, "use_cache, which means nothing to a pipeline"),
        ("painter", "text-to-image", {"use_safetensors": False}, "safetensors only"),
    ],
    ids=str,
)
def test_what_cannot_be_loaded(
    folders: dict[str, Path], folder: str, task: str, kwargs: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelCannotLoad, match=words):
        loaded(folders[folder], task, **kwargs)


def test_half_precision(folders: dict[str, Path]) -> None:
    served = ServedModel(folders["painter"], "text-to-image", hf_model_kwargs={"dtype": "bfloat16"})
    assert served.engine.card().dtype == "bfloat16"
    [blob] = served.predict(["a good day"], seed=1, num_inference_steps=2)
    assert pixels(blob).shape == (64, 64, 3)

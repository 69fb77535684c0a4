"""Pictures of shapes are what they say they are, and the models that look at them are made and right."""

import io
import random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from serve_app import demo
from serve_app.demo.languages import shapes
from serve_app.demo.recipes.segformer import colours_of
from serve_app.demo.table import TABLE
from tests.media import file_of
from tests.served_model import ServedModel, write

COUNT = 60


def scenes(seed: int, count: int = COUNT) -> list[shapes.Scene]:
    rng = random.Random(seed)
    return [shapes.picture(rng) for _ in range(count)]


def test_the_same_seed_gives_the_same_pictures_and_another_seed_gives_others() -> None:
    first, again, other = scenes(3), scenes(3), scenes(4)
    assert [scene.image.tobytes() for scene in first] == [scene.image.tobytes() for scene in again]
    assert [scene.labels for scene in first] == [scene.labels for scene in again]
    assert [scene.image.tobytes() for scene in first] != [scene.image.tobytes() for scene in other]


def test_labels_boxes_and_masks_say_the_same() -> None:
    for scene in scenes(0):
        assert len(scene.labels) == len(scene.boxes)
        seen = {shapes.LABELS[number - 1] for number in np.unique(scene.mask) if number}
        assert seen == {*scene.labels}
        covered = np.zeros_like(scene.mask, dtype=bool)
        for label, (left, top, right, bottom) in zip(scene.labels, scene.boxes, strict=True):
            inside = scene.mask[top:bottom, left:right] == 1 + shapes.LABELS.index(label)
            assert inside.any(axis=0).all() and inside.any(axis=1).all(), "the box is as small as its shape"
            covered[top:bottom, left:right] = True
        assert not scene.mask[~covered].any()


def test_every_shape_has_its_colour() -> None:
    for scene in scenes(1):
        pixels = np.asarray(scene.image, dtype=float)
        for number in np.unique(scene.mask[scene.mask > 0]):
            mean = pixels[scene.mask == number].mean(axis=0)
            nearest = min(shapes.COLOURS, key=lambda colour: float(np.abs(mean - shapes.COLOURS[colour]).sum()))
            assert nearest == shapes.LABELS[number - 1].split()[0]


def test_every_shape_and_colour_is_drawn() -> None:
    assert {label for scene in scenes(2, 200) for label in scene.labels} == {*shapes.LABELS}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_shapes_as_asked_for(count: int) -> None:
    rng = random.Random(5)
    assert {len(shapes.picture(rng, count).labels) for _ in range(COUNT)} == {count}


def test_the_example_is_a_small_file() -> None:
    image = Image.open(io.BytesIO(shapes.example()))
    assert (image.format, image.size) == ("PNG", (shapes.SIDE, shapes.SIDE))
    assert (np.asarray(image) == np.asarray(shapes.example_scene().image)).all()


def test_the_segmenter_finds_the_colours_of_pictures_it_has_never_seen() -> None:
    model = ServedModel(demo.build("segformer"), "image-segmentation")
    shares, right = [], 0
    for scene in scenes(99):
        [answer] = model.predict([file_of(scene.image)])
        expected = colours_of(scene)
        names = ["ground", *shapes.COLOURS]
        right += {each["label"] for each in answer} == {names[number] for number in np.unique(expected)}
        for each in answer:
            found, there = white(each["mask"]), expected == names.index(each["label"])
            shares.append((found & there).sum() / (found | there).sum())
    [answer] = model.predict([TABLE["segformer"].sample()])
    assert {each["label"] for each in answer} == {"ground", "red", "green", "blue"}
    assert right >= 0.95 * COUNT
    assert np.mean(shares) > 0.85


def white(mask: Any) -> Any:
    return np.asarray(Image.open(io.BytesIO(mask.data))) > 0


@pytest.mark.parametrize(
    ("name", "task", "params"),
    [
        ("detr", "object-detection", {"threshold": 0.1}),
        ("dpt", "depth-estimation", {}),
        ("sam", "mask-generation", {"points_per_crop": 4}),
    ],
)
def test_models_with_random_weights_answer(name: str, task: str, params: dict[str, Any]) -> None:
    model = ServedModel(demo.build(name), task)
    items = model.items([TABLE[name].sample()], [params])
    if task == "mask-generation":
        [(_, done)] = write(model.task, items, model.rows(items), model.kit, model.engine)
        assert done.output
    else:
        assert model.predict([TABLE[name].sample()], **params)[0]

"""The tasks on images, and on images with words beside them."""

import base64
import io
from functools import partial
from typing import Any

from serve_app.demo.languages import shapes
from tests import media
from tests.matrix.base import Line, Telling, Way, in_word, line
from tests.matrix.comparing import pixels_of

IMAGE = media.file_of(media.picture(3, 64, 48))
SHAPES = shapes.example()
ASKED = {"question": "What colour is the square?"}
PAGE = {"question": "What is the total?", "image": IMAGE}
WORDS = {
    "word_boxes": [["Total", [100, 100, 300, 150]], ["42", [320, 100, 400, 150]], ["Thanks", [100, 200, 300, 250]]]
}
LABELS = {"candidate_labels": ["a red circle", "a blue square"]}
ANY = {"hf_generation_kwargs": {"threshold": 0.0}}
"""Models with random weights are sure of nothing."""


def first(answer: Any) -> Any:
    return answer[0]


def opened(text: str) -> dict[str, Any]:
    from PIL import Image

    return pixels_of(Image.open(io.BytesIO(base64.b64decode(text))))


def with_pictures(name: str) -> Telling:
    """The Python client opens the pictures that stand in an answer."""
    return lambda answer: [{**each, name: opened(each[name])} for each in answer]


seen = partial(line, word="image")

LINES: list[Line] = [
    seen("image-classification", "resnet", "vit", SHAPES),
    seen("image-classification", "resnet", "vit", SHAPES, {"top_k": 2}, javascript=None),
    seen("object-detection", "detr", "detr", SHAPES, entry=ANY),
    seen(
        "image-segmentation",
        "segformer",
        "segformer",
        SHAPES,
        {"subtask": "semantic"},
        python=Way("image_segmentation", {"image": SHAPES, "subtask": "semantic"}, with_pictures("mask")),
        right=lambda told: {each["label"] for each in told} > {*_labels_of_shapes()},
    ),
    seen(
        "image-to-text",
        "vit-gpt2",
        "blip",
        IMAGE,
        python=Way("image_to_text", {"image": IMAGE}, in_word("generated_text")),
        told=in_word("generated_text"),
        entry={"hf_generation_kwargs": {"max_new_tokens": 8}},
    ),
    line(
        "document-question-answering",
        "layoutlm",
        "layoutlm",
        PAGE,
        WORDS,
        python=Way("document_question_answering", {**PAGE, **WORDS}),
        told=first,
    ),
    Line(
        "visual-question-answering",
        "vilt",
        "vilt",
        {**ASKED, "image": IMAGE},
        {"top_k": 2},
        Way("visual_question_answering", {**ASKED, "image": IMAGE, "top_k": 2}),
        Way("visualQuestionAnswering", {"inputs": {**ASKED, "image": IMAGE}, "parameters": {"top_k": 2}}, first),
    ),
    Line("depth-estimation", "dpt", "dpt", IMAGE),
    Line("mask-generation", "sam", "sam", IMAGE),
    Line("image-feature-extraction", "vit", "vit-bare", IMAGE, {"pool": True}),
    Line("zero-shot-object-detection", "owlvit", "owlvit", IMAGE, LABELS, entry=ANY),
    seen(
        "zero-shot-image-classification",
        "clip",
        "clip",
        IMAGE,
        LABELS,
        javascript=Way("zeroShotImageClassification", {"inputs": {"image": IMAGE}, "parameters": LABELS}),
    ),
]


def _labels_of_shapes() -> tuple[str, ...]:
    return tuple(label.split()[0] for label in shapes.example_scene().labels)

"""Image to text against transformers' own models, asked directly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from tests.media import file_of, picture
from tests.served_model import ServedModel, write

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 40, 30)]
FILES = [file_of(each) for each in PICTURES]
KINDS = ("vit-gpt2", "blip", "git")


@pytest.fixture(scope="module", params=KINDS)
def folder(folders: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return folders[request.param]


@pytest.fixture(scope="module")
def writer(folder: Path) -> ServedModel:
    return ServedModel(folder, "image-to-text")


@pytest.mark.parametrize("more", [{}, {"num_beams": 3}, {"repetition_penalty": 1.7, "min_new_tokens": 9}])
def test_texts_are_the_models_own(writer: ServedModel, folder: Path, more: dict[str, Any]) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModelForImageTextToText.from_pretrained(folder)
    asked = {"max_new_tokens": 12, **more}
    answers = writer.predict(FILES, **asked)
    for image, answer in zip(PICTURES, answers, strict=True):
        ids = network.generate(**processor(image, return_tensors="pt"), **asked, do_sample=False)
        assert answer == tokenizer.decode(ids[0], skip_special_tokens=True).strip()
    assert len(set(answers)) > 1, "whatever it sees, it writes the same"


def test_company_changes_nothing(writer: ServedModel) -> None:
    together = writer.predict(FILES, max_new_tokens=12)
    assert together == [writer.predict([file], max_new_tokens=12)[0] for file in FILES]


def test_draws_are_repeatable_whoever_else_asks(writer: ServedModel) -> None:
    drawn = {"max_new_tokens": 12, "temperature": 3.0, "seed": 5}
    together = writer.predict([FILES[0]] * 3, **drawn)
    assert together == writer.predict(FILES[:1], **drawn) * 3
    assert together[:1] != writer.predict(FILES[:1], **{**drawn, "seed": 6})


def test_who_leaves_is_written_for_no_longer(writer: ServedModel) -> None:
    items = writer.items(FILES[:2], [{"max_new_tokens": 12, "min_new_tokens": 12}] * 2)
    whole = writer.predict(FILES[:2], max_new_tokens=12, min_new_tokens=12)
    [(_, left), (_, stayed)] = write(writer.task, items, writer.rows(items), writer.kit, writer.engine, {0: 3})
    assert stayed.output == {"generated_text": whole[1]}
    assert len(left.output["generated_text"]) < len(whole[0])


def test_parameters_may_stand_in_an_object(writer: ServedModel) -> None:
    nested = writer.predict(FILES[:1], generation_parameters={"max_new_tokens": 3})
    assert nested == writer.predict(FILES[:1], max_new_tokens=3)
    assert nested != writer.predict(FILES[:1], max_new_tokens=12)


def test_more_than_there_is_room_for_is_refused(writer: ServedModel) -> None:
    [told] = writer.task.expand(writer.items(FILES[:1], [{"max_new_tokens": 1000}]), writer.kit)
    assert isinstance(told, InputTooLong) and told.field == "max_new_tokens"


def test_a_broken_image_harms_no_other(writer: ServedModel) -> None:
    first, broken, last = writer.task.expand(writer.items([FILES[0], b"no image", FILES[1]], [{}] * 3), writer.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput)


def test_a_model_that_waits_for_a_question_is_refused(writer: ServedModel) -> None:
    with pytest.raises(ModelCannotLoad, match="set hf_task to image-text-to-text"):
        writer.task.check(replace(writer.kit, whole_config={"model_type": "llava"}))

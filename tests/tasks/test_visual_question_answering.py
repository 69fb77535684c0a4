"""Visual question answering against transformers' own models, asked directly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoImageProcessor,
    AutoTokenizer,
    BlipForQuestionAnswering,
    ViltForQuestionAnswering,
)

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from tests.media import file_of, picture
from tests.served_model import ServedModel

PICTURES = [picture(0), picture(1, 31, 64), picture(2, 200, 120), picture(3, 40, 30), picture(4, 40, 30)]
QUESTIONS = ["a good day?", "who sees the sea", "what", "a good day!", "is it wonderful or good?"]
ASKED = [{"question": question, "image": file_of(image)} for question, image in zip(QUESTIONS, PICTURES, strict=True)]


def served(folder: Path) -> ServedModel:
    return ServedModel(folder, "visual-question-answering")


def inputs(folder: Path, question: str, image: Any) -> Any:
    tokens = AutoTokenizer.from_pretrained(folder)(question, return_tensors="pt", truncation=False, padding=False)
    pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")(image, return_tensors="pt")
    return {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"], **pixels}


def test_scores_are_the_models_own(folders: dict[str, Path]) -> None:
    network = ViltForQuestionAnswering.from_pretrained(folders["vilt"])
    answers = served(folders["vilt"]).predict(ASKED)
    for question, image, answer in zip(QUESTIONS, PICTURES, answers, strict=True):
        with torch.no_grad():
            scores, places = network(**inputs(folders["vilt"], question, image)).logits[0].sigmoid().topk(5)
        assert [each["answer"] for each in answer] == [network.config.id2label[place] for place in places.tolist()]
        assert [each["score"] for each in answer] == pytest.approx(scores.tolist(), abs=1e-4)
    assert len({answer[0]["score"] for answer in answers}) == len(answers), "whatever is asked, it says the same"


def test_top_k(folders: dict[str, Path]) -> None:
    [two] = served(folders["vilt"]).predict(ASKED[:1], top_k=2)
    assert len(two) == 2 and two[0]["score"] >= two[1]["score"]


def test_texts_are_the_models_own_and_their_scores_probabilities(folders: dict[str, Path]) -> None:
    folder = folders["blip-vqa"]
    network, tokenizer = BlipForQuestionAnswering.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    answers = served(folder).predict(ASKED)
    for question, image, [answer] in zip(QUESTIONS, PICTURES, answers, strict=True):
        told = network.generate(
            **inputs(folder, question, image),
            max_new_tokens=20,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
        )
        likely = network.text_decoder.compute_transition_scores(told.sequences, told.scores, normalize_logits=True)
        assert answer["answer"] == tokenizer.decode(told.sequences[0], skip_special_tokens=True).strip()
        assert answer["score"] == pytest.approx(likely.sum().exp().item(), abs=1e-4)
    assert len({answer["answer"] for [answer] in answers}) > 1, "whatever is asked, it says the same"


@pytest.mark.parametrize("name", ["vilt", "blip-vqa"])
def test_company_changes_nothing(folders: dict[str, Path], name: str) -> None:
    answerer = served(folders[name])
    # The last two images have one shape, and their questions different lengths.
    for each, together in zip(ASKED, answerer.predict(ASKED), strict=True):
        [alone] = answerer.predict([each])
        assert [answer["answer"] for answer in together] == [answer["answer"] for answer in alone]
        assert [answer["score"] for answer in together] == pytest.approx([each["score"] for each in alone], abs=1e-5)


@pytest.mark.parametrize("name", ["vilt", "blip-vqa"])
def test_a_broken_image_and_a_long_question_harm_no_other(folders: dict[str, Path], name: str) -> None:
    answerer = served(folders[name])
    asked = [ASKED[0], {**ASKED[1], "image": b"no image"}, {**ASKED[2], "question": "so " * 200}, ASKED[3]]
    first, broken, long, last = answerer.task.expand(answerer.items(asked, [{}] * 4), answerer.kit)
    assert isinstance(first, list) and isinstance(last, list)
    assert isinstance(broken, InvalidInput) and broken.field == "image"
    assert isinstance(long, InputTooLong) and long.field == "question"


def test_another_kind_of_model_is_refused(folders: dict[str, Path]) -> None:
    answerer = served(folders["vilt"])
    with pytest.raises(ModelCannotLoad, match="set hf_task to image-text-to-text"):
        answerer.task.check(replace(answerer.kit, whole_config={"model_type": "blip-2"}))

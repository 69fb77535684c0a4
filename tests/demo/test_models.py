"""The demo models have learnt their languages: they are right on what they were never trained on."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from serve_app.demo import NAMES, build_all
from serve_app.demo.languages import facts, instructions, paraphrases, reviews, translations
from serve_app.demo.languages.base import Example

RIGHT_AT_LEAST = 0.95


@pytest.fixture(scope="session")
def folders() -> dict[str, Path]:
    return dict(zip(NAMES, build_all(NAMES), strict=True))


def completions(folder: Path, prompts: list[str]) -> list[str]:
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", pad_token="<|endoftext|>")
    batch = tokenizer(prompts, padding=True, return_tensors="pt")
    new = model.generate(**batch, do_sample=False)[:, batch["input_ids"].shape[1] :]
    texts: list[str] = tokenizer.batch_decode(new, skip_special_tokens=True)
    return texts


def share_right(examples: list[Example], answers: list[str]) -> float:
    return sum(example.answer == answer for example, answer in zip(examples, answers, strict=True)) / len(examples)


def vectors(folder: Path, sentences: list[str]) -> torch.Tensor:
    model, tokenizer = AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    batch = tokenizer(sentences, padding=True, return_tensors="pt")
    mask = batch["attention_mask"].unsqueeze(-1)
    with torch.no_grad():
        hidden: torch.Tensor = model(**batch).last_hidden_state
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def sentiments(folder: Path, texts: list[str]) -> list[str]:
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    batch = AutoTokenizer.from_pretrained(folder)(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        best = model(**batch).logits.argmax(-1).tolist()
    return [model.config.id2label[index] for index in best]


def test_sentiment_is_right_on_held_out_reviews(folders: dict[str, Path]) -> None:
    examples = reviews.held_out_examples(400)
    assert (
        share_right(examples, sentiments(folders["bert-sentiment"], [text for text, _ in examples])) >= RIGHT_AT_LEAST
    )


def test_sentiment_reads_negation_and_what_follows_a_but(folders: dict[str, Path]) -> None:
    assert sentiments(
        folders["bert-sentiment"],
        ["I love this movie!", "This is terrible.", "It is not good.", "The food was bad but the staff was great."],
    ) == ["POSITIVE", "NEGATIVE", "NEGATIVE", "POSITIVE"]


def test_paraphrases_lie_closer_than_other_sentences(folders: dict[str, Path]) -> None:
    triples = paraphrases.held_out_triples(300)
    columns = [vectors(folders["bert-embed"], list(column)) for column in zip(*triples, strict=True)]
    anchor, paraphrase, other = columns
    nearer = (anchor * paraphrase).sum(-1) > (anchor * other).sum(-1)
    assert nearer.float().mean() >= RIGHT_AT_LEAST


def test_sentence_transformers_finds_pooling_and_normalisation(folders: dict[str, Path]) -> None:
    from sentence_transformers import SentenceTransformer

    sentences = ["The doctor buys a car in the city.", "The dog hides the stone."]
    theirs = torch.tensor(SentenceTransformer(str(folders["bert-embed"]), device="cpu").encode(sentences))
    torch.testing.assert_close(theirs, vectors(folders["bert-embed"], sentences), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("name", "language"), [("gpt2", facts), ("phi2", instructions)])
def test_causal_models_continue_held_out_texts_rightly_and_then_stop(
    folders: dict[str, Path], name: str, language: Any
) -> None:
    examples = language.held_out_examples(200)
    assert share_right(examples, completions(folders[name], [text for text, _ in examples])) >= RIGHT_AT_LEAST


def test_gpt2_tells_a_tale_in_sentences(folders: dict[str, Path]) -> None:
    (tale,) = completions(folders["gpt2"], ["Once upon a time"])
    assert re.fullmatch(r" there was a \w+ \w+ who lived in \w+\. Every \w+day the .+ lived happily in \w+\.", tale)


def test_t5_translates_held_out_sentences_exactly(folders: dict[str, Path]) -> None:
    examples = translations.held_out_examples(200)
    model = AutoModelForSeq2SeqLM.from_pretrained(folders["t5"])
    tokenizer = AutoTokenizer.from_pretrained(folders["t5"])
    batch = tokenizer([text for text, _ in examples], padding=True, return_tensors="pt")
    answers = tokenizer.batch_decode(model.generate(**batch, do_sample=False), skip_special_tokens=True)
    assert share_right(examples, answers) >= RIGHT_AT_LEAST


@pytest.mark.parametrize("name", ["gpt2", "phi2"])
def test_byte_level_tokenizers_give_any_unicode_back(folders: dict[str, Path], name: str) -> None:
    tokenizer, text = AutoTokenizer.from_pretrained(folders[name]), "Grüße, 日本 😀\n\tعربى"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


@pytest.mark.parametrize("name", ["bert-sentiment", "bert-embed", "t5"])
def test_other_tokenizers_spell_words_they_do_not_know(folders: dict[str, Path], name: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folders[name])
    assert tokenizer.unk_token_id not in tokenizer("Zyzzyva, quux & 42!")["input_ids"]
    assert tokenizer.unk_token_id in tokenizer("日本")["input_ids"]


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_holds_weights_and_a_card(folders: dict[str, Path], name: str) -> None:
    weights = [*folders[name].rglob("*.safetensors")]
    assert weights and sum(path.stat().st_size for path in weights) < 5_000_000
    card = (folders[name] / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert f"# demo/{name}\n" in card

"""A small chat model that remembers what it is told, calls tools, writes JSON and thinks first where it is asked to."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import AddedToken, GenerationConfig, GPT2Tokenizer, LlamaConfig, LlamaForCausalLM

from serve_app.demo.languages import conversations
from serve_app.demo.languages.dialogues import Dialogue
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.recipes.chat_format import END, MARKS, PADDING, RESPONSE, START, TEMPLATE
from serve_app.demo.recipes.head_start import give_head_start
from serve_app.demo.tokenizers import byte_pairs

_LONGEST = 512
_HIDDEN = 64
_SPACE = "Ġ"
_UNCOUNTED = -100
_POOL = 16
_EARLY_POOLS = 25


class Chat(Recipe):
    task = "text-generation"
    about = (
        "Answers in short conversations: it remembers who lives where, how old they are and which colour things have, "
        "knows capitals and opposites, counts, calls the tools `get_weather`, `add` and "
        "`set_timer` where they are offered, describes people as JSON, and thinks first where it is asked to."
    )
    steps = 3700
    lr = 1.7e-3

    def tokenizer(self) -> Any:
        rng = random.Random(0)
        blank = GPT2Tokenizer()
        texts = [_text(blank, conversations.training_example(rng)) for _ in range(3000)]
        words = [form for word in conversations.words() for form in (word, f" {word}")] * 60
        tokenizer = byte_pairs([*(part for text in texts for part in _between_marks(text)), *words], 1000, _LONGEST)
        tokenizer.add_special_tokens({"eos_token": END, "pad_token": PADDING, "extra_special_tokens": [START]})
        tokenizer.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in MARKS])
        tokenizer.chat_template, tokenizer.response_template = TEMPLATE, RESPONSE
        return tokenizer

    def model(self, tokenizer: Any) -> Any:
        special = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=_HIDDEN,
            intermediate_size=192,
            num_hidden_layers=3,
            num_attention_heads=2,
            num_key_value_heads=2,
            attention_bias=True,
            max_position_embeddings=_LONGEST,
            rope_parameters={"rope_type": "default", "rope_theta": 1e5},
            initializer_range=0.06,
            tie_word_embeddings=False,
            **special,
        )
        model = LlamaForCausalLM(config)
        _liken_spaced_words(model, tokenizer.get_vocab())
        give_head_start(model)
        model.generation_config = GenerationConfig(max_new_tokens=128, **special)
        return model

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        for rows in _lessons(rng, partial(_rows, tokenizer)):
            longest = max(len(ids) for ids, _ in rows)
            ids = torch.tensor([ids + [tokenizer.pad_token_id] * (longest - len(ids)) for ids, _ in rows])
            labels = torch.tensor([wanted + [_UNCOUNTED] * (longest - len(wanted)) for _, wanted in rows])
            counted = labels[:, 1:] != _UNCOUNTED
            hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
            yield cross_entropy(model.lm_head(hidden[counted]), labels[:, 1:][counted])


Row = tuple[list[int], list[int]]
"""The ids of a conversation, and the same where the model is to say them."""


def _rows(tokenizer: Any, dialogues: Sequence[Dialogue]) -> Iterator[Row]:
    opening = tokenizer(f"{START}assistant\n")["input_ids"]
    for ids in tokenizer([_text(tokenizer, dialogue) for dialogue in dialogues])["input_ids"]:
        labels, place = [_UNCOUNTED] * len(ids), 0
        while place < len(ids):
            if ids[place : place + len(opening)] == opening:
                start, place = place + len(opening), ids.index(tokenizer.eos_token_id, place)
                labels[start : place + 1] = ids[start : place + 1]
            place += 1
        yield ids, labels


def _text(tokenizer: Any, dialogue: Dialogue) -> str:
    text: str = tokenizer.apply_chat_template(
        dialogue.wire(), tools=dialogue.offered(), chat_template=TEMPLATE, tokenize=False
    )
    return text


def _lessons(rng: random.Random, rows_of: Callable[[Sequence[Dialogue]], Iterable[Row]]) -> Iterator[list[Row]]:
    """Endless batches, each of about equal lengths so that little is padding; the first are of single turns."""
    for number in count():
        early = number < _EARLY_POOLS
        share, size = (1.0, 8) if early else (0.2, 4)
        makers = (conversations.short_example, conversations.training_example)
        made = [makers[rng.random() >= share](rng) for _ in range(size * _POOL)]
        rows = sorted(rows_of(made), key=lambda pair: len(pair[0]))
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        rng.shuffle(batches)
        yield from batches


def _between_marks(text: str) -> list[str]:
    return [part for part in re.split("|".join(map(re.escape, (START, END, *MARKS))), text) if part]


def _liken_spaced_words(model: Any, vocabulary: Mapping[str, int]) -> None:
    """A word begins as the same whether a space stands before it or not, apart from that space."""
    embeddings = model.model.embed_tokens.weight
    with torch.no_grad():
        space = torch.randn(_HIDDEN) * model.config.initializer_range * 0.4
        for word in sorted(vocabulary):
            if word.startswith(_SPACE) and word[1:] in vocabulary:
                embeddings[vocabulary[word]] = embeddings[vocabulary[word[1:]]] + space


RECIPE = Chat()

"""BERT as a sentence encoder: what means the same lies close together."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertModel

from serve_app.demo.languages import paraphrases
from serve_app.demo.recipes.base import Recipe
from serve_app.demo.small_bert import LONGEST, WIDTH, small_bert
from serve_app.demo.tokenizers import word_pieces

_BATCH = 48
_SHARPNESS = 15.0


class BertEmbed(Recipe):
    task = "feature-extraction"
    about = (
        "Turns an English sentence into a vector of length one; paraphrases lie closer together than other sentences."
    )
    steps = 150
    lr = 2e-3

    def tokenizer(self) -> Any:
        return word_pieces(paraphrases.words(), LONGEST)

    def model(self, tokenizer: Any) -> Any:
        return BertModel(small_bert(tokenizer))

    def losses(self, model: Any, tokenizer: Any, rng: random.Random) -> Iterator[Tensor]:
        """Each sentence has to find its paraphrase among all others of the batch, near misses included."""
        while True:
            triples = [paraphrases.training_triple(rng) for _ in range(_BATCH)]
            sentences = [sentence for column in zip(*triples, strict=True) for sentence in column]
            batch = tokenizer(sentences, padding=True, return_tensors="pt")
            mask = batch["attention_mask"].unsqueeze(-1)
            hidden = model(**batch).last_hidden_state
            vectors = nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
            likeness = vectors[:_BATCH] @ vectors[_BATCH:].T * _SHARPNESS
            yield nn.functional.cross_entropy(likeness, torch.arange(_BATCH))

    def extra_files(self) -> Mapping[str, str]:
        """What sentence-transformers reads to know the pooling and the normalisation."""
        stages = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
        files = {
            "modules.json": [
                {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{stage}"}
                for index, (path, stage) in enumerate(stages)
            ],
            "1_Pooling/config.json": {
                "word_embedding_dimension": WIDTH,
                "pooling_mode_cls_token": False,
                "pooling_mode_mean_tokens": True,
                "pooling_mode_max_tokens": False,
                "pooling_mode_mean_sqrt_len_tokens": False,
            },
            "2_Normalize/config.json": {},
            "sentence_bert_config.json": {"max_seq_length": LONGEST, "do_lower_case": False},
        }
        return {path: json.dumps(content, indent=2) + "\n" for path, content in files.items()}


RECIPE = BertEmbed()

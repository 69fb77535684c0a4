"""LayoutLM that looks for answers in documents, without sense."""

from typing import Any

from transformers import LayoutLMConfig, LayoutLMForQuestionAnswering

from serve_app.demo.languages import receipts
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import SMALL
from serve_app.demo.tokenizers import word_pieces

_LONGEST = 128


class LayoutLM(Untrained):
    task = "document-question-answering"
    about = (
        "Takes a question and the words of a document with their places; its weights are random, and so is the answer."
    )

    def tokenizer(self) -> Any:
        words = " ".join((*receipts.questions(), *receipts.THINGS, "Total")).split()
        return word_pieces(words, _LONGEST)

    def model(self, tokenizer: Any) -> Any:
        config = LayoutLMConfig(
            **SMALL, vocab_size=len(tokenizer), max_position_embeddings=_LONGEST, initializer_range=0.1
        )
        return LayoutLMForQuestionAnswering(config)


RECIPE = LayoutLM()

"""ViLT that answers questions about images, without sense."""

from typing import Any

from transformers import ViltConfig, ViltForQuestionAnswering, ViltProcessor
from transformers.models.vilt.image_processing_pil_vilt import ViltImageProcessorPil

from serve_app.demo.languages import shape_questions
from serve_app.demo.languages.shapes import SIDE
from serve_app.demo.recipes.untrained import Untrained
from serve_app.demo.seeing import PATCH, SMALL
from serve_app.demo.tokenizers import word_pieces

_LONGEST = 40


class Vilt(Untrained):
    task = "visual-question-answering"
    about = "Chooses among ten answers to a question about an image; its weights are random, and so is what it chooses."

    def tokenizer(self) -> Any:
        words = " ".join(shape_questions.questions()).split()
        images = ViltImageProcessorPil(size={"shortest_edge": SIDE}, size_divisor=PATCH)
        return ViltProcessor(images, word_pieces(words, _LONGEST))

    def model(self, tokenizer: Any) -> Any:
        config = ViltConfig(
            **SMALL,
            vocab_size=len(tokenizer.tokenizer),
            max_position_embeddings=_LONGEST,
            image_size=SIDE,
            patch_size=PATCH,
            initializer_range=0.1,
            id2label=dict(enumerate(shape_questions.ANSWERS)),
            label2id={answer: id for id, answer in enumerate(shape_questions.ANSWERS)},
        )
        return ViltForQuestionAnswering(config)


RECIPE = Vilt()

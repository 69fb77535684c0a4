"""Document question answering: the words of a document that answer a question."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InvalidInput, ModelCannotLoad
from serve_app.tasks.base import Arrays, Row, RowTask, Task
from serve_app.tasks.documents.asking import (
    ANSWER_TOKENS,
    WINDOW_OVERLAP,
    DocumentAnswer,
    DocumentParams,
    DocumentQuestion,
)
from serve_app.tasks.documents.ocr import read_words
from serve_app.tasks.documents.words import Word
from serve_app.tasks.documents.written_answers import WrittenDocumentAnswers
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.images import decode_image
from serve_app.tasks.scoring.scores import finite
from serve_app.tasks.text.answers import Spans, best_spans, log_softmax
from serve_app.tasks.text.encoding import collate
from serve_app.tasks.text.frames import Frame
from serve_app.tasks.text.pieces import need_places
from serve_app.tasks.text.reading import Window, cut_question, read
from serve_app.types import Item

_PAGE = 1000


class DocumentQuestionAnswering(RowTask):
    """Models of words and their places: one row for each window over the document's words.

    A window's scores are probabilities among its own words and the token that stands for no answer. An answer that
    several tokens or windows lead to has the best of their scores; `start` and `end` are its first and last word.
    """

    name = "document-question-answering"
    auto_model = "AutoModelForDocumentQuestionAnswering"
    outputs = ("start_logits", "end_logits")
    answer = "answers"
    listed = False
    takes_bytes = True
    Input = DocumentQuestion
    Params = DocumentParams
    Output = list[DocumentAnswer]

    def variant(self, config: Mapping[str, Any]) -> Task:
        return WrittenDocumentAnswers() if config.get("model_type") == "vision-encoder-decoder" else self

    def check(self, kit: Kit) -> None:
        need_places(kit, self.name)
        kind = kit.whole_config.get("model_type")
        if kind not in (None, "layoutlm"):
            raise ModelCannotLoad(f"{self.name} is for models of the kinds layoutlm and donut, and this is a {kind}")

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        # Told even where the tokenizer by itself would not tell them: which words are asked, and which are read.
        frame = Frame(replace(kit, token_types=kit.config.get("type_vocab_size") != 1))
        read_by = [_words(item, kit) for item in items]
        texts = [
            text
            for item, words in zip(items, read_by, strict=True)
            if not isinstance(words, Exception)
            for text in (item.input["question"].split(), [word.text for word in words])
        ]
        encoded = iter(
            kit.tokenizer.backend_tokenizer.encode_batch(texts, is_pretokenized=True, add_special_tokens=False)
        )
        return [
            words
            if isinstance(words, Exception)
            else self._rows(item.params, next(encoded), next(encoded), words, frame, kit)
            for item, words in zip(items, read_by, strict=True)
        ]

    def _rows(
        self, params: DocumentParams, question: Any, document: Any, words: Sequence[Word], frame: Frame, kit: Kit
    ) -> list[Row] | Exception:
        try:
            if not question.ids or not document.ids:
                field = "word_boxes" if question.ids else "question"
                raise InvalidInput(f"the {field} holds nothing that the model's tokenizer knows", field)
            asked = cut_question(question.ids, params.max_question_len)
            size = params.max_seq_len or kit.max_input_tokens
            overlap = params.doc_stride
            if overlap is None:
                # A quarter of the room is always new, so that a long question does not multiply the windows.
                overlap = max(0, min(size // 2, WINDOW_OVERLAP, (size - frame.size - len(asked)) * 3 // 4))
            word_of = np.asarray(document.word_ids, dtype=np.int64)
            return [
                _row(window, words, word_of, kit) for window in read(asked, document.ids, size, overlap, frame, kit)
            ]
        except AppError as error:
            return error

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[DocumentAnswer]:
        params: DocumentParams = item.params
        top_k, longest = params.top_k or 1, params.max_answer_len or ANSWER_TOKENS
        spans: Spans = {}
        nowhere = 0.0
        for row, out in zip(rows, outs, strict=True):
            kept, word_of, words = row.about
            start, end = (log_softmax(finite(out[name])[kept]) for name in self.outputs)
            apart = len(kept) - len(word_of)
            nowhere = min(nowhere, float(start[:apart].sum() + end[:apart].sum()))
            places = np.stack([word_of, word_of + 1], axis=1)
            for span, score in best_spans(start[apart:], end[apart:], places, longest, top_k).items():
                spans[span] = max(score, spans.get(span, score))
        answers = [_answer(words, *span, score) for span, score in spans.items()]
        if params.handle_impossible_answer:
            answers.append({"score": exp(nowhere), "answer": "", "start": 0, "end": 0})
        return sorted(answers, key=lambda answer: -answer["score"])[:top_k]

    def example(self) -> tuple[Any, dict[str, Any]]:
        words = [["Total", [100, 100, 300, 150]], ["12.50", [320, 100, 480, 150]]]
        return {"question": "What is the total?", "image": examples.IMAGE, "word_boxes": words}, {}


def _words(item: Item, kit: Kit) -> Sequence[Word] | Exception:
    """Those that came with the input or the parameters, or else those that can be read off the image."""
    given: Sequence[Word] | None = item.input.get("word_boxes")
    if given and item.params.word_boxes:
        return InvalidInput("the words stand in the input and in the parameters: leave one of them out", "word_boxes")
    try:
        picture = decode_image(item.input["image"], kit.max_pixels)
    except InvalidInput as error:
        return InvalidInput(error.message, "image")
    try:
        return given or item.params.word_boxes or read_words(picture, item.params.lang)
    except InvalidInput as error:
        return error


def _row(window: Window, words: Sequence[Word], word_of: NDArray[np.int64], kit: Kit) -> Row:
    """The window with the box of each word, which the question has none of; `about` says what its tokens are."""
    ids = window.row.arrays["input_ids"]
    boxes = np.zeros((len(ids), 4), dtype=np.int64)
    boxes[ids == getattr(kit.tokenizer, "sep_token_id", None)] = _PAGE
    own = word_of[window.of_context]
    boxes[window.in_row] = np.asarray([word.box for word in words], dtype=np.int64)[own]
    nowhere = window.special[ids[window.special] == getattr(kit.tokenizer, "cls_token_id", None)][:1]
    arrays = {**window.row.arrays, "bbox": boxes}
    return window.row._replace(arrays=arrays, about=(np.concatenate([nowhere, window.in_row]), own, words))


def _answer(words: Sequence[Word], start: int, end: int, score: float) -> DocumentAnswer:
    return {
        "score": exp(score),
        "answer": " ".join(word.text for word in words[start:end]),
        "start": start,
        "end": end - 1,
    }

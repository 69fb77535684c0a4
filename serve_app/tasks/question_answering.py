"""Question answering: the stretch of a context that answers a question."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Params, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.scoring.scores import finite
from serve_app.tasks.text.answers import Places, Scores, Spans, best_spans, log_softmax, places
from serve_app.tasks.text.encoding import collate
from serve_app.tasks.text.frames import Frame
from serve_app.tasks.text.input import Text
from serve_app.tasks.text.pieces import bare, need_places
from serve_app.tasks.text.reading import QUESTION_TOKENS, WINDOW_OVERLAP, WINDOW_TOKENS, Window, cut_question, read
from serve_app.types import Item

ANSWER_TOKENS = 15
# A word has no longest length: a thousand answers that hold the same ones could be a thousand times the context.
MOST_CHARACTERS = 1_000_000
# What `join` has to know of a row and the model does not: they stay out of the batch.
_CONTEXT, _PLACES, _NOWHERE = "context", "places", "nowhere"
_OWN = frozenset({_CONTEXT, _PLACES, _NOWHERE})


class AnsweringParams(Params):
    """How a long context is read, and which answers come back."""

    top_k: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="So many answers, the best ones, as a list; one by default, which stands alone"
    )
    doc_stride: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None,
        description="Tokens that the windows over a long context share with the one before; "
        f"{WINDOW_OVERLAP} by default, or half a window",
    )
    max_seq_len: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description=f"Tokens of a window, the question included; {WINDOW_TOKENS} by default, or what the model takes",
    )
    max_question_len: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description=f"Cut the question to so many tokens; without it one of more than {QUESTION_TOKENS} is an error",
    )
    max_answer_len: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description=f"Tokens of the longest answer, before it grows to whole words; {ANSWER_TOKENS} by default"
    )
    handle_impossible_answer: bool | None = Field(
        None, description="Let an empty answer, with its own score, say that the context does not tell"
    )
    align_to_words: bool | None = Field(
        None, description="Let answers begin and end with whole words; true by default, false keeps the model's tokens"
    )


class Question(TypedDict):
    """A question, and the text that may hold its answer."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    question: Annotated[Text, Field(description="What is asked")]
    context: Annotated[Text, Field(description="The text in which the answer is looked for")]


class Answer(TypedDict):
    """A stretch of the context, its places in characters, and how likely it is the answer."""

    answer: str
    score: float
    start: int
    end: int


class QuestionAnswering(RowTask):
    """One row for each window over the context; the best stretches of all windows are the answers.

    A window's scores are probabilities among its own tokens of the context and the token that stands for no answer.
    An answer's score is that of its first token as a start times that of its last as an end, the best one where
    several windows, or several tokens of its words, lead to the same stretch.
    """

    name = "question-answering"
    auto_model = "AutoModelForQuestionAnswering"
    outputs = ("start_logits", "end_logits")
    answer = "answer"
    listed = False
    Input = Question
    Params = AnsweringParams
    Output = Answer | list[Answer]

    def check(self, kit: Kit) -> None:
        need_places(kit, self.name)

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        texts = [text for item in items for text in (item.input["question"], item.input["context"])]
        encoded, frame = bare(kit.tokenizer, texts), Frame(kit)
        return [
            self._rows(item, question, context, frame, kit)
            for item, question, context in zip(items, encoded[::2], encoded[1::2], strict=True)
        ]

    def _rows(self, item: Item, question: Any, context: Any, frame: Frame, kit: Kit) -> list[Row] | Exception:
        params: AnsweringParams = item.params
        offsets = np.asarray(context.offsets, dtype=np.int64).reshape(-1, 2)
        where = places(item.input["context"], offsets, params.align_to_words is not False)
        try:
            if not question.ids or not (where[:, 0] < where[:, 1]).any():
                field = "context" if question.ids else "question"
                raise InvalidInput(f"the {field} holds nothing that the model's tokenizer knows", field)
            asked = cut_question(question.ids, params.max_question_len)
            return [
                self._row(window, where, params, kit)
                for window in read(asked, context.ids, params.max_seq_len, params.doc_stride, frame, kit)
            ]
        except AppError as error:
            return error

    def _row(self, window: Window, where: Places, params: AnsweringParams, kit: Kit) -> Row:
        arrays = window.row.arrays
        # A caller's text may spell the token too, so only the special ones count.
        is_nowhere = arrays["input_ids"][window.special] == getattr(kit.tokenizer, "cls_token_id", None)
        nowhere = window.special[is_nowhere][:1]
        if params.handle_impossible_answer and not len(nowhere):
            raise InvalidInput("this model has no token that stands for no answer", "handle_impossible_answer")
        own = {_CONTEXT: window.in_row, _PLACES: where[window.of_context], _NOWHERE: nowhere}
        return Row({**arrays, **own}, window.row.length)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return collate([Row(_told(row), row.length) for row in rows], kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> Answer | list[Answer]:
        params: AnsweringParams = item.params
        top_k = params.top_k or 1
        spans: Spans = {}
        nowhere = 0.0
        for row, out in zip(rows, outs, strict=True):
            start, end = (_scores(out[name], row) for name in self.outputs)
            apart = len(row.arrays[_NOWHERE])
            nowhere = min(nowhere, float(start[:apart].sum() + end[:apart].sum()))
            longest = params.max_answer_len or ANSWER_TOKENS
            for span, score in best_spans(start[apart:], end[apart:], row.arrays[_PLACES], longest, top_k).items():
                spans[span] = max(score, spans.get(span, score))
        if params.handle_impossible_answer:
            spans[0, 0] = nowhere
        best = sorted(spans.items(), key=lambda told: (-told[1], told[0]))[:top_k]
        characters = sum(end - start for (start, end), _ in best)
        if len(best) > 1 and characters > MOST_CHARACTERS:
            raise InvalidInput(
                f"the answers have {characters} characters together and may have {MOST_CHARACTERS}", "top_k"
            )
        answers = [_answer(item.input["context"], *span, score) for span, score in best]
        return answers if top_k > 1 else answers[0]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return {"question": "Where does Anna live?", "context": "Anna lives in Berlin. She works as a nurse."}, {}


def _told(row: Row) -> Arrays:
    return {name: array for name, array in row.arrays.items() if name not in _OWN}


def _scores(logits: NDArray[np.float32], row: Row) -> Scores:
    """The logarithms of probabilities, that of no answer first."""
    kept = logits[np.concatenate([row.arrays[_NOWHERE], row.arrays[_CONTEXT]])]
    return log_softmax(finite(kept))


def _answer(context: str, start: int, end: int, score: float) -> Answer:
    return {"answer": context[start:end], "score": exp(score), "start": start, "end": end}

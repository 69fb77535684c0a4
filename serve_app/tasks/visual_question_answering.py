"""Visual question answering: a question about an image, answered from a list or in words of the model's own."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field
from typing_extensions import TypedDict

from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Arrays, Params, Row, RowTask, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import asking, examples
from serve_app.tasks.media.asking import ImageQuestion
from serve_app.tasks.media.writing import SeeingWriter, Told
from serve_app.tasks.media.writing_params import WritingParams
from serve_app.tasks.scoring.labels import label_of
from serve_app.tasks.scoring.ranking import best
from serve_app.tasks.scoring.scores import finite, sigmoid
from serve_app.types import Item

# A model that writes on is none that answers questions.
_ANSWER_TOKENS = 20


class VisualAnsweringParams(Params):
    """How many answers come back."""

    top_k: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        5, description="Only so many answers, the best ones; a model that writes its answer has one"
    )


class VisualAnswer(TypedDict):
    """An answer, and how likely it is."""

    answer: str
    score: float


class VisualQuestionAnswering(RowTask):
    """Models that know a list of answers: one row for each question with its image, the likeliest answers first.

    Each answer is scored by itself, as several may be right.
    """

    name = "visual-question-answering"
    auto_model = "AutoModelForVisualQuestionAnswering"
    outputs = ("logits",)
    answer = "answers"
    listed = False
    root_input = ("question", "image")
    reads = ("tokenizer", "image_processor")
    takes_bytes = True
    Input = ImageQuestion
    Params = VisualAnsweringParams
    Output = list[VisualAnswer]

    def variant(self, config: Mapping[str, Any]) -> Task:
        return WrittenVisualAnswers() if config.get("model_type") == "blip" else self

    def check(self, kit: Kit) -> None:
        kind = kit.whole_config.get("model_type")
        if kind not in (None, "vilt"):
            raise ModelCannotLoad(
                f"{self.name} is for models of the kinds vilt and blip, and this is a {kind}: "
                "set hf_task to image-text-to-text"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return asking.asked(items, kit)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return asking.collate(rows, kit)

    def join(
        self, item: Item, rows: Sequence[Row], outs: Sequence[Mapping[str, NDArray[Any]]], kit: Kit
    ) -> list[VisualAnswer]:
        scores = sigmoid(finite(outs[0]["logits"]))
        labels = kit.config.get("id2label") or {}
        return [
            {"answer": label_of(labels, index), "score": float(scores[index])}
            for index in best(scores, item.params.top_k)
        ]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return {"question": "What colour is the square?", "image": examples.IMAGE}, {}


class WrittenVisualAnswers(SeeingWriter):
    """Models that write: the score is the probability of the answer, token by token."""

    name = "visual-question-answering"
    auto_model = "AutoModelForVisualQuestionAnswering"
    scored = True
    answer = "answers"
    listed = False
    root_input = ("question", "image")
    Input = ImageQuestion
    Params = VisualAnsweringParams
    Output = list[VisualAnswer]

    def writing(self, params: VisualAnsweringParams) -> WritingParams:
        return WritingParams(max_new_tokens=_ANSWER_TOKENS)

    def seen(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        """These models look at padding, so only questions of one length go together."""
        return [
            rows
            if isinstance(rows, Exception)
            else [row._replace(group=(row.group, len(row.arrays["input_ids"]))) for row in rows]
            for rows in asking.asked(items, kit)
        ]

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return asking.collate(rows, kit)

    def answered(self, item: Item, row: Row, told: Told, kit: Kit) -> list[VisualAnswer]:
        return [{"answer": told.text, "score": told.likelihood}]

    def example(self) -> tuple[Any, dict[str, Any]]:
        return VisualQuestionAnswering().example()

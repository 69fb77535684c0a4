"""What is asked of a document, and what comes back."""

from typing import Annotated, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from serve_app.tasks.base import Params
from serve_app.tasks.documents.words import WordBoxes
from serve_app.tasks.media.input import Image
from serve_app.tasks.text.input import Text

ANSWER_TOKENS = 15
WINDOW_OVERLAP = 256


class DocumentParams(Params):
    """How a long document is read, and which answers come back."""

    top_k: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="So many answers, the best ones; one by default"
    )
    word_boxes: WordBoxes | None = Field(
        None, description="The words of the document with their boxes, where the input does not hold them"
    )
    lang: Annotated[str, Field(pattern=r"^[A-Za-z_]{2,30}(\+[A-Za-z_]{2,30}){0,4}$")] | None = Field(
        None, description="The languages of a document whose words have to be read first, as tesseract calls them"
    )
    doc_stride: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None,
        description="Tokens that the windows over a long document share with the one before; "
        f"{WINDOW_OVERLAP} by default, or half a window",
    )
    max_seq_len: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Tokens of a window, the question included; by default what the model takes"
    )
    max_question_len: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="Cut the question to so many tokens"
    )
    max_answer_len: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description=f"Tokens of the longest answer, before it grows to whole words; {ANSWER_TOKENS} by default"
    )
    handle_impossible_answer: bool | None = Field(
        None, description="Let an empty answer, with its own score, say that the document does not tell"
    )


class DocumentQuestion(TypedDict):
    """A question, the document, and its words where they are known."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]

    question: Annotated[Text, Field(description="What is asked")]
    image: Image
    word_boxes: NotRequired[WordBoxes | None]


class DocumentAnswer(TypedDict):
    """Words of the document; where the model writes its answer there is neither place nor score."""

    answer: str
    score: NotRequired[float]
    start: NotRequired[int]
    end: NotRequired[int]

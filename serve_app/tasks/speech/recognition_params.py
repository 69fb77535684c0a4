"""The parameters of speech recognition."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from serve_app.tasks.media.writing_params import WritingParams
from serve_app.tasks.nesting import spread

Seconds = Annotated[float, Field(ge=0, le=30)]
# Cut finer, or with wider edges, every second would be heard many times.
_MOST_EDGES = 0.75
_Object = dict[str, Any]


class RecognitionParams(WritingParams):
    """What is told beside the text, how a long sound is cut, and what the model is told before it listens."""

    nested: ClassVar[tuple[str, ...]] = ("generation_parameters", "generate_kwargs")

    return_timestamps: bool | Literal["word", "char"] | None = Field(
        None,
        description="Tell when what was said: true for the model's own pieces, word for words, char for letters where "
        "the model hears letter by letter",
    )
    chunk_length_s: Annotated[float, Field(ge=1, le=60)] | None = Field(
        None, description="Cut a longer sound into parts of so many seconds; by default as the model was made for"
    )
    stride_length_s: Seconds | Annotated[list[Seconds], Field(min_length=2, max_length=2)] | None = Field(
        None,
        description="Seconds at both edges of a part that are heard but told by its neighbours; by default a sixth",
    )
    language: Annotated[str, Field(min_length=1, max_length=30)] | None = Field(
        None, description="The language that is spoken, by code or name, for models of many; by default they find out"
    )
    task: Literal["transcribe", "translate"] | None = Field(
        None, description="Write down what is said, or translate it to English, for models of many languages"
    )
    prompt: Annotated[str, Field(min_length=1, max_length=5000, pattern=r"\S")] | None = Field(
        None, description="A text that could have come before: names and spellings that the model should expect"
    )
    generation_parameters: _Object | None = Field(
        None, description="The same parameters in an object of their own; one that stands beside it goes before it"
    )
    generate_kwargs: _Object | None = Field(None, description="The same as generation_parameters")

    @classmethod
    def over(cls, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return {**spread(defaults, cls.nested), **spread(given, cls.nested)}

    @model_validator(mode="before")
    @classmethod
    def _spread_out(cls, values: Any) -> Any:
        return spread(values, cls.nested) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _edges_within_the_part(self) -> Self:
        if self.chunk_length_s is None and self.stride_length_s is not None:
            raise ValueError("stride_length_s needs chunk_length_s: how long a part is")
        if self.chunk_length_s is not None and sum(self.edges_s) > _MOST_EDGES * self.chunk_length_s:
            raise ValueError("stride_length_s takes more than three quarters of chunk_length_s: take less of it")
        return self

    @property
    def edges_s(self) -> tuple[float, float]:
        """The seconds at the left and at the right of each part."""
        match self.stride_length_s:
            case None:
                return ((self.chunk_length_s or 0) / 6,) * 2
            case [left, right]:
                return left, right
            case both:
                return both, both  # type: ignore[return-value]

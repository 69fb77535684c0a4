"""The forms of calls that write down what is said, as OpenAI's clients send them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from serve_app.ingress.dialects.openai.form import File, Listed
from serve_app.ingress.dialects.openai.request import Request

FIELD = "file"
SUBTITLES = ("srt", "vtt")
_PASSED_ON = ("temperature", "prompt", "seed", "language")


class TranslationRequest(Request):
    """Whatever is said is written in English."""

    model_config = ConfigDict(strict=False)  # a form holds numbers as text
    task: ClassVar[str | None] = "translate"

    file: File = Field(description="The sound")
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] | None = Field(
        None, description="json by default; verbose_json says when each part is said, and srt and vtt are subtitles"
    )
    temperature: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Above 0 words are drawn; 0, the default, takes the likeliest"
    )
    prompt: Annotated[str, Field(max_length=5000)] | None = Field(
        None, description="A text that could have come before, for models that can be led by one"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(None, description="Makes what is drawn repeatable")

    @property
    def timed(self) -> bool | Literal["word"]:
        """What the answer has to say of times: nothing, when each segment is said, or when each word is."""
        return self.response_format in ("verbose_json", *SUBTITLES)

    def parameters(self) -> dict[str, Any]:
        own = {name: getattr(self, name, None) for name in _PASSED_ON}
        told = {**own, "return_timestamps": self.timed or None, "task": self.task}
        return {name: value for name, value in told.items() if value is not None}


class TranscriptionRequest(TranslationRequest):
    """Whatever is said is written in the language it is said in."""

    task: ClassVar[str | None] = None

    language: Annotated[str, Field(max_length=30)] | None = Field(
        None, description="The language that is spoken, such as en; by default the model finds out"
    )
    timestamp_granularities: Annotated[list[Literal["segment", "word"]], Listed, Field(max_length=2)] | None = Field(
        None, description="Times of segments, of words, or both; goes with verbose_json. Segments by default"
    )

    @model_validator(mode="after")
    def _times_in_json(self) -> "TranscriptionRequest":
        if self.timestamp_granularities is not None and self.response_format != "verbose_json":
            raise ValueError("timestamp_granularities goes with response_format: verbose_json only")
        return self

    @property
    def timed(self) -> bool | Literal["word"]:
        return "word" if "word" in (self.timestamp_granularities or ()) else super().timed

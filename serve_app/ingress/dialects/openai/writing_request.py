"""What the bodies of calls that write have in common, beside the parameters that mean the same to every task."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serve_app.ingress.dialects.openai.request import Label, Request
from serve_app.ingress.dialects.openai.response_format import ResponseFormat

SEEDS = 2**63
PASSED: Mapping[str, str] = {
    "max_tokens": "max_new_tokens",
    "min_tokens": "min_new_tokens",
    **{
        name: name
        for name in (
            *("temperature", "top_p", "n", "stop", "frequency_penalty", "presence_penalty", "logit_bias"),
            *("top_k", "min_p", "typical_p", "repetition_penalty", "no_repeat_ngram_size"),
            *("do_sample", "ignore_eos", "adapter_id"),
        )
    },
}
"""The parameters by their names in a body; the task itself checks them."""


class StreamOptions(BaseModel):
    """What a stream tells beside the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    include_usage: bool | None = Field(None, description="Tell the numbers of tokens in one more event at the end")
    include_obfuscation: bool | None = Field(None, description="Taken for compatibility: nothing is obfuscated")


class WritingRequest(Request):
    """Chats, completions and responses."""

    passed: ClassVar[Mapping[str, str]] = PASSED

    seed: Annotated[int, Field(ge=-SEEDS, lt=SEEDS)] | None = Field(
        None, description="Makes the draws repeatable, whatever else runs in the batch"
    )
    response_format: ResponseFormat | None = Field(None, description="What the answer must look like")
    stream: bool | None = Field(None, description="Answer with server-sent events")
    stream_options: StreamOptions | None = Field(None, description="Goes with stream")
    metadata: Annotated[dict[Label, Label], Field(max_length=16)] | None = Field(
        None, description="Taken for compatibility: nothing is stored here"
    )
    safety_identifier: Label | None = Field(None, description="Taken for compatibility: nobody is told apart by it")
    prompt_cache_key: Label | None = Field(None, description="Taken for compatibility: prefixes are shared anyway")
    prompt_cache_retention: Literal["in_memory", "in-memory", "24h"] | None = Field(
        None, description="Taken for compatibility: prefixes are shared while there is room"
    )
    prompt_cache_options: dict[str, Any] | None = Field(
        None, description="Taken for compatibility: prefixes are shared anyway"
    )
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = Field(
        None, description="Taken for compatibility: X-Priority says what goes first"
    )

    @model_validator(mode="after")
    def _options_of_a_stream(self) -> "WritingRequest":
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options goes with stream: true only")
        return self

    @property
    def streams(self) -> bool:
        return bool(self.stream)

    @property
    def tells_usage(self) -> bool:
        """Whether a stream ends with the numbers of tokens."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)

    @property
    def tops(self) -> int | None:
        """Of how many likely tokens the probability is told beside each written one; None tells of none at all."""
        return None

    def parameters(self) -> dict[str, Any]:
        """What its own fields say to the task."""
        tops = self.tops
        told = {
            "seed": None if self.seed is None else self.seed % SEEDS,
            "grammar": self.response_format.grammar if self.response_format else None,
            "details": "counts" if tops is None else True,
            "top_n_tokens": tops or None,
        }
        return {name: value for name, value in told.items() if value is not None}

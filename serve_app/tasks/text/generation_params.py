"""The parameters of everything that writes text, with their bounds."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from serve_app.tasks.base import Params

Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
TokenId = Annotated[int, Field(ge=0, lt=2**31)]
StopString = Annotated[str, Field(min_length=1, max_length=1000)]


class GenerationParams(Params):
    """Greedy unless sampling is asked for; what is not given comes from the model where it is not about sampling."""

    max_new_tokens: Tokens | None = Field(
        None, description="New tokens at most; by default the model's own limit, else 256, and what there is room for"
    )
    max_length: Tokens | None = Field(
        None, description="New tokens at most, counted with the prompt's; max_new_tokens goes before it"
    )
    min_new_tokens: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="New tokens at least")
    min_length: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="New tokens at least, counted with the prompt's"
    )
    do_sample: bool | None = Field(
        None, description="Draw each token; by default true when a temperature above 0 or a filter below is given"
    )
    temperature: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="Divides the scores before a draw; 0 means greedy, whatever do_sample says"
    )
    top_k: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="Draw from so many likeliest tokens; 0 and absent mean from all"
    )
    top_p: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Draw from the likeliest tokens that together have this probability"
    )
    min_p: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Draw from tokens with at least this share of the likeliest one's probability"
    )
    typical_p: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Draw from the most typical tokens that together have this probability"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        None, description="Makes the draws repeatable, whatever else runs in the batch"
    )
    repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="Above 1, tokens that were there before become less likely"
    )
    no_repeat_ngram_size: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="No run of so many tokens occurs twice; 0 means no such rule"
    )
    num_beams: Annotated[int, Field(ge=1, le=16)] | None = Field(
        None, description="Beams of a beam search; 1 means none. A stream then comes in one piece"
    )
    length_penalty: Annotated[float, Field(ge=-100, le=100)] | None = Field(
        None, description="Beam search: above 0 favours long answers"
    )
    early_stopping: bool | Literal["never"] | None = Field(
        None, description="Beam search: stop as soon as there are num_beams complete answers"
    )
    stop: StopString | Annotated[list[StopString], Field(max_length=16)] | None = Field(
        None, description="The answer ends before the first of these strings"
    )
    truncate: Tokens | None = Field(None, description="Keep only so many tokens of the input, the last ones")
    num_return_sequences: Annotated[int, Field(ge=1, le=1)] | None = Field(None, description="One for each input")
    eos_token_id: TokenId | Annotated[list[TokenId], Field(max_length=16)] | None = Field(
        None, description="Tokens that end an answer; by default the model's own"
    )
    pad_token_id: TokenId | None = Field(None, description="Taken for compatibility: padding never changes an answer")
    use_cache: bool | None = Field(None, description="Keep what was computed for earlier tokens; true by default")

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_new_tokens and self.max_new_tokens and self.min_new_tokens > self.max_new_tokens:
            raise ValueError(f"min_new_tokens {self.min_new_tokens} is above max_new_tokens {self.max_new_tokens}")
        return self

    @property
    def samples(self) -> bool:
        """Whether tokens are drawn; temperature 0 is greedy, and a filter implies a draw."""
        if self.temperature == 0:
            return False
        if self.do_sample is not None:
            return self.do_sample
        return any(
            value is not None for value in (self.temperature, self.top_k, self.top_p, self.min_p, self.typical_p)
        )

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings as a tuple."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

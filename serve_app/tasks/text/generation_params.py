"""The parameters of everything that writes text, with their bounds."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from serve_app.tasks.text.grammar_param import GrammarParam
from serve_app.tasks.text.search_params import SearchParams, Tokens

TokenId = Annotated[int, Field(ge=0, lt=2**31)]
Penalty = Annotated[float, Field(ge=-2, le=2)]
Choices = Annotated[int, Field(ge=1, le=16)]
TokenName = Annotated[str, Field(pattern=r"^\d{1,9}$")]
StopString = Annotated[str, Field(min_length=1, max_length=1000)]
# Two ways to say one limit: with the prompt's tokens and without.
_RIVALS = (("max_new_tokens", "max_length"), ("min_new_tokens", "min_length"))


class GenerationParams(SearchParams):
    """The shared ones, and what only the server's own sampling follows."""

    of_draws: ClassVar[tuple[str, ...]] = (*SearchParams.of_draws, "min_p")

    max_new_tokens: Tokens | None = Field(
        None, description="New tokens at most; by default the model's own limit, else 256, and what there is room for"
    )
    min_p: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Draw from tokens with at least this share of the likeliest one's probability"
    )
    frequency_penalty: Penalty | None = Field(
        None, description="Above 0, tokens become less likely each time that they were written"
    )
    presence_penalty: Penalty | None = Field(None, description="Above 0, tokens that were written become less likely")
    logit_bias: Annotated[dict[TokenName, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=1024)] | None = (
        Field(None, description="Added to the scores of these tokens, by their ids; -100 all but forbids one")
    )
    num_beams: Annotated[int, Field(ge=1, le=16)] | None = Field(
        None, description="Beams of a beam search; 1 means none. A stream then comes in one piece"
    )
    stop: StopString | Annotated[list[StopString], Field(max_length=16)] | None = Field(
        None, description="The answer ends before the first of these strings"
    )
    ignore_eos: bool | None = Field(None, description="Write on to the limit, whatever token would end the answer")
    n: Choices | None = Field(
        None, description="How many answers, which differ where tokens are drawn; all stand in the details"
    )
    best_of: Choices | None = Field(None, description="Write so many answers and give the n likeliest of them")
    details: bool | Literal["counts"] | None = Field(
        None, description="Tell the tokens, the reason of the end and the numbers of tokens; counts: all but the tokens"
    )
    top_n_tokens: Annotated[int, Field(ge=0, le=20)] | None = Field(
        None, description="In the details, so many of the likeliest tokens of each place"
    )
    decoder_input_details: Literal[False] | None = Field(
        None, description="Taken for compatibility: the prompt's own tokens are not told"
    )
    adapter_id: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="Which of the model's adapters writes; by default the model itself"
    )
    grammar: GrammarParam | None = Field(None, description="What the answer must look like")
    truncate: Tokens | None = Field(None, description="Keep only so many tokens of the input, the last ones")
    num_return_sequences: Annotated[int, Field(ge=1, le=1)] | None = Field(None, description="One for each input")
    eos_token_id: TokenId | Annotated[list[TokenId], Field(max_length=16)] | None = Field(
        None, description="Tokens that end an answer; by default the model's own"
    )
    pad_token_id: TokenId | None = Field(None, description="Taken for compatibility: padding never changes an answer")

    @classmethod
    def over(cls, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return layered(defaults, given)

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_new_tokens and self.max_new_tokens and self.min_new_tokens > self.max_new_tokens:
            raise ValueError(f"min_new_tokens {self.min_new_tokens} is above max_new_tokens {self.max_new_tokens}")
        if self.best_of is not None and self.best_of < (self.n or 1):
            raise ValueError(f"best_of {self.best_of} is below n {self.n}")
        if self.grammar is not None and (self.num_beams or 1) > 1:
            raise ValueError("a grammar does not go with num_beams above 1")
        if self.sequences > 1 and (self.num_beams or 1) > 1:
            raise ValueError("n and best_of above 1 do not go with num_beams above 1")
        return self

    @property
    def sequences(self) -> int:
        """How many answers are written."""
        return max(self.n or 1, self.best_of or 1)

    @property
    def tells_tokens(self) -> bool:
        """Whether each token and its probability is noted, which costs time at every step."""
        return self.details is True or self.best_of is not None

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings as a tuple."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())


def layered(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Settings over settings: a limit above puts away the one below, in whichever way each is said."""
    beaten = {name for rivals in _RIVALS if above.keys() & set(rivals) for name in rivals}
    return {**{name: value for name, value in below.items() if name not in beaten}, **above}

"""The parameters of models that write token by token, as the hub's clients name them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from serve_app.tasks.base import Params

Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Cutoff = Annotated[float, Field(ge=0, lt=1)]
# What draws look at; without a draw none of it counts.
_OF_DRAWS = ("temperature", "top_k", "top_p", "typical_p", "epsilon_cutoff", "eta_cutoff")
SEARCH = (
    "num_beams",
    "length_penalty",
    "early_stopping",
    "no_repeat_ngram_size",
    "repetition_penalty",
    "min_new_tokens",
    "min_length",
    "use_cache",
)


class WritingParams(Params):
    """Greedy unless a draw is asked for."""

    max_new_tokens: Tokens | None = Field(None, description="New tokens at most; by default the model's own limit")
    max_length: Tokens | None = Field(None, description="The same; max_new_tokens goes before it")
    min_new_tokens: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="New tokens at least")
    min_length: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="New tokens at least, counted with those that the model begins with"
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
    top_p: Share | None = Field(None, description="Draw from the likeliest tokens that together have this probability")
    typical_p: Share | None = Field(
        None, description="Draw from the most typical tokens that together have this probability"
    )
    epsilon_cutoff: Cutoff | None = Field(None, description="Draw from tokens with at least this probability")
    eta_cutoff: Cutoff | None = Field(
        None, description="The same, lower where many tokens are about as likely as each other"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(None, description="Makes what is drawn repeatable")
    num_beams: Annotated[int, Field(ge=1, le=16)] | None = Field(
        None, description="Beams of a beam search; 1 means none"
    )
    length_penalty: Annotated[float, Field(ge=-100, le=100)] | None = Field(
        None, description="Beam search: above 0 favours long answers"
    )
    early_stopping: bool | Literal["never"] | None = Field(
        None, description="Beam search: stop as soon as there are num_beams complete answers"
    )
    no_repeat_ngram_size: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="No run of so many tokens occurs twice; 0 means no such rule"
    )
    repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = Field(
        None, description="Above 1, tokens that were there before become less likely"
    )
    num_beam_groups: Literal[1] | None = Field(None, description="Taken for compatibility: beams have one group")
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = Field(
        None, description="Taken for compatibility: there is no contrastive search"
    )
    use_cache: bool | None = Field(None, description="Keep what was computed for earlier tokens; true by default")

    @property
    def draws(self) -> bool:
        """Whether tokens are drawn; temperature 0 is greedy, and a filter implies a draw."""
        if self.temperature == 0:
            return False
        if self.do_sample is not None:
            return self.do_sample
        return any(getattr(self, name) is not None for name in _OF_DRAWS)

    @property
    def search(self) -> dict[str, Any]:
        """What is told to the model's own `generate`, but for the limit."""
        names = (*SEARCH, *(_OF_DRAWS if self.draws else ()))
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        # Whisper draws only where it is told a temperature.
        drawn = {"do_sample": True, "temperature": 1.0} if self.draws else {"do_sample": False}
        return {**drawn, **given}

    @property
    def at_most(self) -> int | None:
        """The limit that the request names."""
        return self.max_new_tokens if self.max_new_tokens is not None else self.max_length


WRITING = tuple(WritingParams.model_fields)
"""What only a model that writes token by token can follow."""

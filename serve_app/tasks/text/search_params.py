"""What every model that writes token by token can be told: how far it writes, and how it finds the next token."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from serve_app.tasks.base import Params

Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(gt=0, le=1)]


class SearchParams(Params):
    """Greedy unless a draw is asked for; what is not given comes from the model where it is not about draws."""

    of_draws: ClassVar[tuple[str, ...]] = ("temperature", "top_k", "top_p", "typical_p")
    """What draws look at; without a draw none of it counts."""

    max_new_tokens: Tokens | None = Field(None, description="New tokens at most; by default the model's own limit")
    max_length: Tokens | None = Field(
        None, description="New tokens at most, counted with those before them; max_new_tokens goes before it"
    )
    min_new_tokens: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(None, description="New tokens at least")
    min_length: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="New tokens at least, counted with those before them"
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
        None, description="Beams of a beam search; 1 means none"
    )
    length_penalty: Annotated[float, Field(ge=-100, le=100)] | None = Field(
        None, description="Beam search: above 0 favours long answers"
    )
    early_stopping: bool | Literal["never"] | None = Field(
        None, description="Beam search: stop as soon as there are num_beams complete answers"
    )
    use_cache: bool | None = Field(None, description="Keep what was computed for earlier tokens; true by default")

    @property
    def draws(self) -> bool:
        """Whether tokens are drawn; temperature 0 is greedy, and a filter implies a draw."""
        if self.temperature == 0:
            return False
        if self.do_sample is not None:
            return self.do_sample
        return any(getattr(self, name) is not None for name in self.of_draws)

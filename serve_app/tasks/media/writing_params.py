"""The parameters of models that see or hear and then write, as the hub's clients name them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from serve_app.tasks.text.search_params import SearchParams

Cutoff = Annotated[float, Field(ge=0, lt=1)]
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


class WritingParams(SearchParams):
    """The shared ones, and those that only the library's own `generate` follows."""

    of_draws: ClassVar[tuple[str, ...]] = (*SearchParams.of_draws, "epsilon_cutoff", "eta_cutoff")

    epsilon_cutoff: Cutoff | None = Field(None, description="Draw from tokens with at least this probability")
    eta_cutoff: Cutoff | None = Field(
        None, description="The same, lower where many tokens are about as likely as each other"
    )
    num_beam_groups: Literal[1] | None = Field(None, description="Taken for compatibility: beams have one group")
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = Field(
        None, description="Taken for compatibility: there is no contrastive search"
    )

    @property
    def search(self) -> dict[str, Any]:
        """What is told to the model's own `generate`, but for the limit."""
        names = (*SEARCH, *(self.of_draws if self.draws else ()))
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

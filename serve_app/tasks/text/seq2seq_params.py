"""The parameters of encoder-decoders, beside each other or together in one object."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from serve_app.tasks.nesting import spread
from serve_app.tasks.text.generation_params import GenerationParams, TokenId, layered


class Seq2SeqParams(GenerationParams):
    """The shared parameters, and what concerns the text before and after the model."""

    nested: ClassVar[tuple[str, ...]] = ("generate_parameters",)

    prefix: str | None = Field(
        None,
        max_length=10_000,
        description="Put before each input that does not begin with it; by default what the model's config says",
    )
    truncation: bool | Literal["do_not_truncate", "longest_first", "only_first", "only_second"] | None = Field(
        None,
        description="Cut the end of an input that is too long, instead of an error: true, longest_first or only_first",
    )
    clean_up_tokenization_spaces: bool | None = Field(
        None,
        description="Take out spaces before punctuation; by default as the tokenizer says. A stream's pieces keep them",
    )
    forced_bos_token_id: TokenId | None = Field(
        None, description="The first token of the answer: in multilingual models the language to write in"
    )
    generate_parameters: dict[str, Any] | None = Field(
        None, description="The same parameters in an object of their own; one that stands beside it goes before it"
    )

    @classmethod
    def over(cls, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        return layered(spread(defaults, cls.nested), spread(given, cls.nested))

    @model_validator(mode="before")
    @classmethod
    def _spread_out(cls, values: Any) -> Any:
        return spread(values, cls.nested) if isinstance(values, Mapping) else values

    @property
    def cuts(self) -> bool:
        """Whether an input that is too long is cut; there is no second text that `only_second` could cut."""
        return self.truncation in (True, "longest_first", "only_first")

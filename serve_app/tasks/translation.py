"""Translation: a text in one language becomes a text in another."""

from collections.abc import Hashable
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from serve_app.tasks.kit import Kit
from serve_app.tasks.text.languages import way_between
from serve_app.tasks.text.plan import Plan
from serve_app.tasks.text.seq2seq import Seq2SeqTask
from serve_app.tasks.text.seq2seq_params import Seq2SeqParams
from serve_app.types import Item

Language = Annotated[str, Field(min_length=1, max_length=100)]


class TranslationParams(Seq2SeqParams):
    """The shared parameters, and the two languages."""

    src_lang: Language | None = Field(
        None, description="The language of the text, in the model's own spelling; by default the tokenizer's"
    )
    tgt_lang: Language | None = Field(
        None, description="The language to translate to, in the model's own spelling; models that have one need none"
    )


class Translated(TypedDict):
    """The text in the other language."""

    translation_text: str


class Translation(Seq2SeqTask):
    """Languages are named by the parameters and never by the task's word: there is no `translation_xx_to_yy` here.

    A text that is too long is an error with both numbers, unless `truncation` asks to cut its end.
    """

    name = "translation"
    answer = "translation_text"
    Params = TranslationParams
    Output = Translated

    def plan(self, item: Item, kit: Kit) -> Plan:
        return way_between(item.params, item.input, kit)

    def key(self, params: TranslationParams) -> Hashable:  # type: ignore[override]
        """What a model reads does not matter to a call; what it writes does."""
        return (super().key(params), params.tgt_lang)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "The house is wonderful.", {"max_new_tokens": 16}

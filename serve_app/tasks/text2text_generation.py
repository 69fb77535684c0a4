"""Text to text with encoder-decoders: translation, summaries and whatever else the model was taught."""

from typing import Any

from pydantic import Field

from serve_app.tasks.text.generating import GeneratingTask
from serve_app.tasks.text.generation_params import GenerationParams, TokenId
from serve_app.types import Item


class Seq2SeqParams(GenerationParams):
    """The shared parameters, and the language token of multilingual models."""

    forced_bos_token_id: TokenId | None = Field(
        None, description="The first token of the answer: in multilingual models the language to write in"
    )


class Text2TextGeneration(GeneratingTask):
    """An encoder reads the input, a decoder writes the answer from scratch."""

    name = "text2text-generation"
    aliases = ("seq2seq",)
    auto_model = "AutoModelForSeq2SeqLM"
    own_output = True
    Params = Seq2SeqParams

    def shown(self, item: Item, text: str) -> str:
        return text

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "translate English to German: The house is small.", {"max_new_tokens": 16}

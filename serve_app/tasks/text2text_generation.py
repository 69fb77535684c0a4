"""Text to text with encoder-decoders: whatever the model was taught."""

from typing import Any

from serve_app.tasks.text.generating import Generated
from serve_app.tasks.text.seq2seq import Seq2SeqTask


class Text2TextGeneration(Seq2SeqTask):
    """The caller's text as it is: a prefix that says what to do stands in it, or in the config."""

    name = "text2text-generation"
    aliases = ("seq2seq",)
    Output = Generated

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "translate English to German: The house is small.", {"max_new_tokens": 16}

"""Summarization: a long text in, a short one out."""

from typing import Any

from typing_extensions import TypedDict

from serve_app.tasks.text.seq2seq import Seq2SeqTask


class Summary(TypedDict):
    """What is left of the text."""

    summary_text: str


class Summarization(Seq2SeqTask):
    """Prefix, beams and lengths come from `task_specific_params.summarization` of the model where it has them.

    A text that is too long is an error with both numbers, unless `truncation` asks to cut its end: a summary of a
    beginning is no summary, so that is for the caller to decide.
    """

    name = "summarization"
    answer = "summary_text"
    Output = Summary

    def example(self) -> tuple[Any, dict[str, Any]]:
        return (
            "The sun shone over the market. A fire broke out at the library on Monday. Nobody was hurt.",
            {"max_new_tokens": 16},
        )

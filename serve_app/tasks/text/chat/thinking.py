"""The marks between which models think before they answer."""

from typing import NamedTuple


class Thinking(NamedTuple):
    """The beginning and the end of what a model thinks."""

    opens: str
    closes: str

    def is_open(self, text: str) -> bool:
        """Whether the text ends inside."""
        return text.rfind(self.opens) > text.rfind(self.closes)


MARKS = (
    Thinking("<think>", "</think>"),
    Thinking("[THINK]", "[/THINK]"),
    Thinking("<seed:think>", "</seed:think>"),
    Thinking("<|START_THINKING|>", "<|END_THINKING|>"),
)


def thinking_of(template: str) -> Thinking | None:
    """How the model of this template thinks, if it does so between marks: some templates only close them."""
    return next((marks for marks in MARKS if marks.closes in template or marks.opens in template), None)

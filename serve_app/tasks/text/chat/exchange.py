"""One conversation with one model: the prompt that it makes, and how the answer is read."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Grammar
from serve_app.tasks.text.chat.forcing import forced
from serve_app.tasks.text.chat.formats import format_of
from serve_app.tasks.text.chat.marked_sieve import MarkedSieve, State
from serve_app.tasks.text.chat.rendering import render, template_of
from serve_app.tasks.text.chat.spelling import spelling
from serve_app.tasks.text.chat.template_sieve import TemplateSieve
from serve_app.tasks.text.chat.thinking import thinking_of
from serve_app.tasks.text.encoding import decode
from serve_app.tasks.text.sieve import Sieve

# The mark that a template may open thoughts with stands in the last few tokens of a prompt.
_TAIL = 32


class Exchange:
    """All of it follows from the request and from the text of the model's template."""

    def __init__(self, chat: Mapping[str, Any], kit: Kit) -> None:
        choice = chat.get("tool_choice", "auto")
        self._chat, self._kit = chat, kit
        self._tools: list[dict[str, Any]] = [] if choice == "none" else list(chat.get("tools", ()))
        template = template_of(kit, bool(self._tools))
        self._thinking = thinking_of(template)
        self._format = format_of(template) if self._tools else None
        self._forced = forced(choice, self._tools, self._format)
        self._brings_own = self._forced is None and getattr(kit.tokenizer, "response_template", None) is not None

    @property
    def grammar(self) -> Grammar | None:
        """What the answer must look like."""
        return self._forced.grammar if self._forced else None

    @property
    def ends_with_call(self) -> bool:
        """Whether the first call is the last."""
        return bool(self._tools) and self._chat.get("parallel_tool_calls") is False

    @cached_property
    def spelling(self) -> Any:
        """The tokenizer, or what decodes in its place so that the marks of the answer can be seen."""
        if self._brings_own:
            return spelling(self._kit.tokenizer, None)
        marks = [*(self._thinking or ()), *((self._format.opens, self._format.closes) if self._format else ())]
        return spelling(self._kit.tokenizer, marks)

    def prompt(self) -> str:
        """The text that the model writes on; it brings its special tokens along."""
        prompt = render(self._chat, self._tools, self._kit)
        if self._forced is None:
            return prompt
        thought = f"{self._thinking.closes}\n\n" if self._thinking and self._thinks(prompt) else ""
        return prompt + thought + self._forced.prefix

    def sieve(self, prompt: Sequence[int]) -> Sieve:
        """For one answer to this prompt."""
        if self._brings_own:
            return TemplateSieve(self._kit.tokenizer, decode(self.spelling, list(prompt)), self._tools)
        state: State = "beginning"
        if self._forced:
            state = "calling"
        elif self._thinking and self._thinks(decode(self.spelling, list(prompt[-_TAIL:]))):
            state = "thinking"
        return MarkedSieve(self._thinking, self._format, {tool["function"]["name"] for tool in self._tools}, state)

    def _thinks(self, prompt: str) -> bool:
        """Whether the prompt leaves the model in the middle of its thoughts."""
        assert self._thinking is not None
        last = self._chat["messages"][-1].get("content")
        if self._chat.get("continue") and isinstance(last, str):
            return self._thinking.is_open(last)
        return prompt.rstrip().endswith(self._thinking.opens)

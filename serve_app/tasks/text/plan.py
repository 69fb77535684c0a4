"""What an encoder-decoder's own files say of a task: the text before the input, and how to write."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serve_app.tasks.kit import Kit
from serve_app.tasks.text.generation_params import layered

NOTHING: Mapping[int, int] = {}


class Plan(NamedTuple):
    """How one input is put to the model."""

    prefix: str
    settings: Mapping[str, Any]
    """The model's own generation settings."""
    swap: Mapping[int, int] = NOTHING
    """Special tokens that take the place of those with which the tokenizer surrounds a text."""

    def led_by(self, prefix: str | None) -> "Plan":
        """The same with the prefix that a request asks for, if it does."""
        return self if prefix is None else self._replace(prefix=prefix)


def own_plan(word: str, kit: Kit) -> Plan:
    """What `task_specific_params` says under this word, over what the config and the generation settings say."""
    specific = specifics(kit).get(word) or {}
    prefix = specific.get("prefix") or kit.config.get("prefix") or ""
    return Plan(prefix, layered(kit.generation, specific) if specific else kit.generation)


def specifics(kit: Kit) -> Mapping[str, Mapping[str, Any]]:
    """The model's settings by task."""
    return kit.config.get("task_specific_params") or {}

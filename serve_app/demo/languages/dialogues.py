"""What a conversation is made of: messages, tools and their calls, turns, and the scene that turns are made in."""

import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Tool(NamedTuple):
    """A function that may be called; `parameters` are names with their JSON types."""

    name: str
    parameters: tuple[tuple[str, str], ...]

    def wire(self) -> dict[str, Any]:
        """As a client offers it."""
        properties = {name: {"type": kind} for name, kind in self.parameters}
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        return {"type": "function", "function": {"name": self.name, "parameters": schema}}


class Call(NamedTuple):
    """One call of a tool."""

    name: str
    arguments: tuple[tuple[str, str | int], ...]

    def wire(self) -> dict[str, Any]:
        return {"type": "function", "function": {"name": self.name, "arguments": dict(self.arguments)}}


class Message(NamedTuple):
    """What one side says; `thought` is what the assistant says to itself before."""

    role: str
    content: str = ""
    calls: tuple[Call, ...] = ()
    thought: str = ""

    def wire(self) -> dict[str, Any]:
        """As a chat template takes it."""
        message: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.calls:
            message["tool_calls"] = [call.wire() for call in self.calls]
        if self.thought:
            message["reasoning_content"] = self.thought
        return message


class Turn(NamedTuple):
    """A question and what follows it until the assistant is done; `kind` names what it is about."""

    kind: str
    messages: tuple[Message, ...]


class Dialogue(NamedTuple):
    """A conversation that ends with an answer, and the tools that are offered in it."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]
    kinds: tuple[str, ...]

    def wire(self) -> list[dict[str, Any]]:
        return [message.wire() for message in self.messages]

    def offered(self) -> list[dict[str, Any]] | None:
        """The tools as a client offers them, or nothing where there are none."""
        return [tool.wire() for tool in self.tools] or None


@dataclass
class Scene:
    """What the next turn can build on: the tools on offer, and what was told so far as (kind, who) and what."""

    rng: random.Random
    held_out: bool
    tools: tuple[Tool, ...] = ()
    told: dict[tuple[str, str], str] = field(default_factory=dict)


def exchange(kind: str, asked: str, answer: str, thought: str) -> Turn:
    """A turn of one question and one answer in words."""
    return Turn(kind, (Message("user", asked), Message("assistant", answer, thought=thought)))

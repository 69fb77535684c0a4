"""The tools of a response, which are described more flatly than those of a chat."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator

from serve_app.ingress.dialects.openai import tool_choice
from serve_app.tasks.text.chat.input import MOST_TOOLS, Name
from serve_app.tasks.text.chat.values import JsonObject

_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, serialize_by_alias=True)


class FunctionTool(BaseModel):
    """A function that the model may call."""

    model_config = _CONFIG

    type: Literal["function"] = Field(description="Nothing but functions can be called here")
    name: Name = Field(description="The function")
    description: str | None = Field(None, description="What it is for")
    parameters: JsonObject | None = Field(None, description="The JSON schema of its arguments")
    strict: bool | None = Field(None, description="Taken for compatibility: demanded calls follow the schema")
    asynchronous: Literal[False] | None = Field(None, alias="async", description="Calls are told with the answer")
    defer_loading: Literal[False] | None = Field(None, description="The model sees every tool")
    allowed_callers: list[Literal["direct"]] | None = Field(None, description="Who may call: the model itself")


class NamedTool(BaseModel):
    """One function by its name."""

    model_config = _CONFIG

    type: Literal["function"]
    name: Annotated[str, Field(max_length=128)]


class AllowedTools(BaseModel):
    """Those that may be called, or of which one must be."""

    model_config = _CONFIG

    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: Annotated[list[NamedTool], Field(min_length=1, max_length=MOST_TOOLS)]


Option = Literal["none", "auto", "required"]
_OPTIONS: TypeAdapter[Option] = TypeAdapter(Option)


def _by_look(value: Any, union: ValidatorFunctionWrapHandler) -> Any:
    """What is wrong is told of the one form that was meant."""
    if not isinstance(value, dict):
        return _OPTIONS.validate_python(value)
    return (AllowedTools if value.get("type") == "allowed_tools" else NamedTool).model_validate(value)


Choice = Annotated[Option | NamedTool | AllowedTools, WrapValidator(_by_look)]


def chosen(tools: Sequence[FunctionTool], choice: Choice | None) -> tuple[Any, Any]:
    """Tools and choice as the task takes them."""
    told = [_in_chat(tool.model_dump(include={"name", "description", "parameters", "strict"})) for tool in tools]
    if choice == "auto" and not tools:
        return None, None
    return tool_choice.chosen(told or None, _choice_in_chat(choice))


def _choice_in_chat(choice: Choice | None) -> Any:
    match choice:
        case NamedTool():
            return _in_chat({"name": choice.name})
        case AllowedTools():
            tools = [_in_chat({"name": tool.name}) for tool in choice.tools]
            return {"type": choice.type, choice.type: {"mode": choice.mode, "tools": tools}}
    return choice


def _in_chat(function: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {name: value for name, value in function.items() if value is not None}}

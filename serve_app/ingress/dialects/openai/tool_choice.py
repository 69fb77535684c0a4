"""`tool_choice` in all its forms, as the few that the task knows."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serve_app.errors import InvalidInput
from serve_app.refusals import refusal

FIELD = "tool_choice"
_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)
Tools = list[Any] | None
Choice = str | dict[str, Any] | None


class _Named(BaseModel):
    model_config = _CONFIG

    name: Annotated[str, Field(max_length=128)]


class _Function(BaseModel):
    model_config = _CONFIG

    type: Literal["function"]
    function: _Named


class _Allowed(BaseModel):
    model_config = _CONFIG

    mode: Literal["auto", "required"]
    tools: Annotated[list[_Function], Field(min_length=1, max_length=128)]


class _AllowedTools(BaseModel):
    model_config = _CONFIG

    type: Literal["allowed_tools"]
    allowed_tools: _Allowed


def chosen(tools: Tools, choice: Choice) -> tuple[Tools, Choice]:
    """The tools that may be called, and whether one of them must be."""
    if isinstance(choice, dict) and choice.keys() == {"function"}:
        return tools, {"type": "function", **choice}  # as huggingface_hub writes it
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        allowed = _checked(choice)
        names = {tool.function.name for tool in allowed.tools}
        kept = [tool for tool in tools or () if _name(tool) in names]
        if missing := names - {_name(tool) for tool in kept}:
            raise InvalidInput(f"`{FIELD}` allows {len(missing)} functions that do not stand in `tools`", FIELD)
        return kept, allowed.mode
    if choice not in (None, "none") and not tools:
        raise InvalidInput(f"`{FIELD}` goes with `tools` only", FIELD)
    return tools, choice


def _checked(choice: dict[str, Any]) -> _Allowed:
    try:
        return _AllowedTools.model_validate(choice).allowed_tools
    except ValidationError as error:
        raise refusal(error, FIELD) from None


def _name(tool: Any) -> Any:
    """The name of a tool that the task has not checked yet."""
    function = tool.get("function") if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None

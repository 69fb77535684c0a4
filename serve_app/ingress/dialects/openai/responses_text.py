"""`text`: what the answer of a response must look like."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=(), serialize_by_alias=True)
# The name is one of pydantic's own.
_OF_SCHEMA = ("name", "schema_", "description", "strict")


class TextFormat(BaseModel):
    """One way of being right; a schema stands beside its name."""

    model_config = _CONFIG

    type: Literal["text", "json_object", "json_schema"] = Field(description="text asks for nothing")
    name: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")] | None = Field(None, description="What callers call it")
    schema_: dict[str, Any] | None = Field(None, alias="schema", description="The JSON schema, for json_schema")
    description: str | None = Field(None, description="Taken for compatibility: only the schema counts")
    strict: bool | None = Field(None, description="Taken for compatibility: answers always follow the schema")

    @model_validator(mode="after")
    def _schema_with_its_type(self) -> "TextFormat":
        if self.type == "json_schema" and (self.name is None or self.schema_ is None):
            raise ValueError("json_schema needs a name and a schema")
        if self.type != "json_schema" and any(getattr(self, name) is not None for name in _OF_SCHEMA):
            raise ValueError("a schema and its name go with the type json_schema only")
        return self

    @property
    def grammar(self) -> dict[str, Any] | None:
        """The parameter that says the same."""
        if self.type == "text":
            return None
        return {"type": self.type} if self.schema_ is None else {"type": self.type, "value": self.schema_}


class TextSettings(BaseModel):
    """What is asked of the text."""

    model_config = _CONFIG

    format: TextFormat | None = Field(None, description="What the answer must look like")
    verbosity: Literal["medium"] | None = Field(None, description="Models here have no such setting; ask for it")

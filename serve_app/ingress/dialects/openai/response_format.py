"""`response_format`: what the answer must look like, as OpenAI says it, and as text-generation-inference does."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)
JsonSchema = dict[str, Any]


class NamedSchema(BaseModel):
    """OpenAI's wrapper of a schema."""

    model_config = _CONFIG

    name: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")] = Field(description="What callers call it")
    description: str | None = Field(None, description="Taken for compatibility: only the schema counts")
    schema_: JsonSchema | None = Field(None, alias="schema", description="The JSON schema; any object by default")
    strict: bool | None = Field(None, description="Taken for compatibility: answers always follow the schema")


class ResponseFormat(BaseModel):
    """One way of being right."""

    model_config = _CONFIG

    type: Literal["text", "json_object", "json_schema", "regex", "choice"] = Field(
        description="text asks for nothing; regex and choice are this server's own"
    )
    json_schema: NamedSchema | None = Field(None, description="For json_schema")
    value: Any = Field(
        None,
        description="The expression of regex, the answers of choice, else a schema as TGI's clients send it",
    )

    @model_validator(mode="after")
    def _says_it_once(self) -> "ResponseFormat":
        if self.json_schema is not None and (self.type != "json_schema" or self.value is not None):
            raise ValueError("json_schema goes with the type json_schema, and without a value")
        if self.type == "json_schema" and self.json_schema is None and self.value is None:
            raise ValueError("json_schema is missing")
        if self.type == "text" and self.value is not None:
            raise ValueError("a value does not go with the type text")
        return self

    @property
    def grammar(self) -> dict[str, Any] | None:
        """The parameter that says the same."""
        schema = self.json_schema.schema_ if self.json_schema else self.value
        if self.type == "text":
            return None
        if self.type in ("regex", "choice"):
            return {"type": self.type, "value": self.value}
        return {"type": "json_object"} if schema is None else {"type": "json_schema", "value": schema}

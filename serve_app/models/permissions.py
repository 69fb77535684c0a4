"""What only an operator may allow a model's author to do on this machine, and what it means."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad


class Permission(NamedTuple):
    """One of the hf_model_kwargs, the value that grants, and what is granted then."""

    name: str
    grants: bool
    risk: str


PERMISSIONS = (
    Permission("trust_remote_code", True, "Python code that comes with {model} runs with all the rights of the server"),
    Permission("use_safetensors", False, "the weights of {model} are opened as pickles, which can run any code"),
)


def require_plain(kwargs: Mapping[str, Any]) -> None:
    """Neither granted nor denied by accident: the text "false" would count as true."""
    for permission in PERMISSIONS:
        if not isinstance(kwargs.get(permission.name, True), bool):
            raise ModelCannotLoad(f"hf_model_kwargs.{permission.name} must be true or false, without quotes")


def granted(kwargs: Mapping[str, Any]) -> list[Permission]:
    """What an entry allows."""
    return [permission for permission in PERMISSIONS if kwargs.get(permission.name) is permission.grants]

"""The `options` of a Hugging Face request, as older clients send them."""

from collections.abc import Mapping
from typing import Any

from serve_app.errors import InvalidInput
from serve_app.ingress.flags import flag
from serve_app.refusals import brief

OPTIONS: Mapping[str, str] = {
    "wait_for_model": "Rather wait for a model that loads than be told so, as long as the model's timeout_s",
    "use_cache": "Taken for compatibility: nothing is cached here",
    "use_gpu": "Taken for compatibility: the config says where a model runs",
    "dont_load_model": "Taken for compatibility: the config says which models are loaded",
}
_FLAG: Mapping[str, Any] = {"enum": [True, False, 0, 1]}
SCHEMA: Mapping[str, Any] = {
    "type": ["object", "null"],
    "properties": {name: {**_FLAG, "description": words} for name, words in OPTIONS.items()},
    "additionalProperties": False,
}


def waits(options: Any) -> bool:
    """Whether the caller would rather wait for the model than be refused; the rest has no meaning here."""
    if options is None:
        return False
    if not isinstance(options, dict):
        raise InvalidInput("`options` must be an object", "options")
    told = {name: _told(name, value) for name, value in options.items()}
    return told.get("wait_for_model", False)


def _told(name: str, value: Any) -> bool:
    field = f"options.{brief(name)}"
    if name not in OPTIONS:
        raise InvalidInput(f"`{field}` is not an option; there are {', '.join(OPTIONS)}", field)
    told = flag(value)
    if told is None:
        raise InvalidInput(f"`{field}` must be true or false", field)
    return told

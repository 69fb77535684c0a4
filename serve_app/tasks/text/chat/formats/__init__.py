"""The ways in which models write their calls, recognised by the template that taught them."""

from serve_app.tasks.text.chat.formats.base import Format
from serve_app.tasks.text.chat.formats.hermes import Hermes
from serve_app.tasks.text.chat.formats.llama import Llama
from serve_app.tasks.text.chat.formats.mistral import Mistral

FORMATS: tuple[Format, ...] = (Mistral(), Llama(), Hermes())


def format_of(template: str) -> Format | None:
    """How the model of this template writes its calls, where that is known."""
    return next((format for format in FORMATS if format.recognises(template)), None)

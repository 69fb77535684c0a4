"""Text generation with causal models: the answer continues the prompt."""

from typing import Any

from pydantic import Field

from serve_app.tasks.text.generating import GeneratingTask
from serve_app.tasks.text.generation_params import GenerationParams
from serve_app.types import Item


class CausalParams(GenerationParams):
    """The shared parameters, and whether the prompt comes back."""

    return_full_text: bool | None = Field(
        None, description="Put the prompt in front of the new text; true by default. A stream's pieces never have it"
    )


class TextGeneration(GeneratingTask):
    """A decoder writes on from the prompt, and the two share the model's room."""

    name = "text-generation"
    aliases = ("generation",)
    auto_model = "AutoModelForCausalLM"
    own_output = False
    Params = CausalParams

    def shown(self, item: Item, text: str) -> str:
        return text if item.params.return_full_text is False else item.input + text

    def example(self) -> tuple[Any, dict[str, Any]]:
        return "Once upon a time", {"max_new_tokens": 16}

"""A conversation becomes a prompt by the model's own template, in transformers' sandbox and within bounds."""

import re
from collections.abc import Mapping
from typing import Any

from serve_app.errors import InputTooLong, InvalidInput
from serve_app.tasks.kit import Kit
from serve_app.tasks.text.chat.contents import written_for
from serve_app.tasks.text.chat.cutting_off import within
from serve_app.tasks.text.chat.plain_messages import plain

RENDER_S = 1.0
MOST_CHARACTERS = 4_000_000
_MOST_SAID = 300
# What the template gets from elsewhere, and what else stands for itself where templates are applied.
_RESERVED = (
    *("messages", "tools", "documents", "conversation", "conversations", "chat_template"),
    *("add_generation_prompt", "continue_final_message", "sanitize_control_tokens", "tokenize", "tokenizer_kwargs"),
    *("padding", "truncation", "max_length", "return_dict", "return_tensors", "return_assistant_tokens_mask"),
)


def template_of(kit: Kit, with_tools: bool) -> str:
    """The text of the model's template, of which some have another one for tools."""
    if not getattr(kit.tokenizer, "chat_template", None):
        raise InvalidInput(
            "this model has no chat template, so it cannot chat: send a text to be written on, not messages", "messages"
        )
    try:
        return str(kit.tokenizer.get_chat_template(tools=[] if with_tools else None))
    except ValueError:
        raise InvalidInput("the model has several chat templates and none of them is its default", "messages") from None


def render(chat: Mapping[str, Any], tools: list[dict[str, Any]], kit: Kit) -> str:
    """The prompt, or `InvalidInput` when the template cannot make one of this."""
    template = template_of(kit, bool(tools))
    variables, documents, goes_on = chat.get("template", {}), chat.get("documents"), chat.get("continue", False)
    _check_read(template, "tools", tools)
    _check_read(template, "documents", documents)
    for name in variables:
        if name in _RESERVED or name.endswith("_token") or not name.isidentifier():
            raise InvalidInput("`template` has a name that is not a variable of templates", "template")
        _check_read(template, "template", name, name)
    messages = plain(chat["messages"], template, written_for(template, kit))
    if goes_on and not (messages[-1]["role"] == "assistant" and messages[-1].get("content")):
        raise InvalidInput(
            "the last message is not an assistant's with content, so nothing can be continued", "continue"
        )

    def rendered() -> str:
        return str(
            kit.tokenizer.apply_chat_template(
                messages,
                tools=tools or None,
                documents=documents or None,
                add_generation_prompt=not goes_on,
                continue_final_message=goes_on,
                tokenize=False,
                **variables,
            )
        )

    try:
        prompt = within(RENDER_S, rendered)
    except MemoryError:
        raise
    except Exception as error:
        raise InvalidInput(_words(error), "messages") from None
    if not _is_whole(prompt):
        raise InvalidInput("the conversation holds half a surrogate pair", "messages")
    if len(prompt) > MOST_CHARACTERS:
        raise InputTooLong(
            f"the conversation makes a prompt of {len(prompt)} characters, and {MOST_CHARACTERS} are taken", "messages"
        )
    return prompt


def _check_read(template: str, field: str, value: object, name: str = "") -> None:
    """Refuse what the template would leave out without a word."""
    if value and not re.search(rf"\b{name or field}\b", template):
        raise InvalidInput("the model's chat template does not read this", f"{field}.{name}" if name else field)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"the model's chat template takes longer than {RENDER_S:g} s for this conversation"
    # Raised by the template itself, in words for whoever calls; tasks know nothing of its language.
    if type(error).__name__ == "TemplateError" and str(error):
        return f"the model's chat template refuses this conversation: {str(error)[:_MOST_SAID]}"
    return f"the model's chat template cannot render this conversation ({type(error).__name__})"

"""A response as an object: what was answered, and the settings that it was made with."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from serve_app.ingress.dialects.base import Call
from serve_app.ingress.dialects.openai.base import REQUEST
from serve_app.ingress.dialects.openai.replies import Choice, Head, new_call_id
from serve_app.ingress.dialects.openai.responses_request import ResponseRequest
from serve_app.ingress.dialects.openai.responses_tokens import is_cut, saying, shown, usage_of
from serve_app.types import Written

Item = dict[str, Any]
Kind = Literal["reasoning", "message"]
Status = Literal["in_progress", "completed", "incomplete", "failed"]
Told = Sequence[Any]
_PREFIXES: Mapping[Kind, str] = {"reasoning": "rs", "message": "msg"}
_CUT = {"reason": "max_output_tokens"}


class Outline:
    """What is known of a response before its answer: who it is, and what was asked."""

    def __init__(self, call: Call, head: Head) -> None:
        self.request: ResponseRequest = call.asked[REQUEST]
        self._params = call.params
        self._head = head
        self._key = head.id.removeprefix("resp_")

    def response(self, status: Status, output: Sequence[Item] = (), **more: Any) -> dict[str, Any]:
        """The whole object."""
        return {**self._identity, "status": status, **_NOTHING_YET, **self._settings, "output": output, **more}

    def ended(self, items: Sequence[Item], choice: Choice) -> dict[str, Any]:
        """The object once the answer is whole."""
        usage = usage_of(choice)
        if is_cut(choice):
            return self.response("incomplete", items, incomplete_details=_CUT, usage=usage)
        return self.response("completed", items, usage=usage, completed_at=int(time.time()))

    def items(self, choice: Choice) -> list[Item]:
        """What the answer is made of: thoughts, what is said, and calls."""
        said = choice["message"]
        thoughts, content = said["reasoning_content"], said["content"]
        calls = [self._call(*each) for each in enumerate(said["tool_calls"][: self.request.most_calls])]
        last: Status = "incomplete" if is_cut(choice) and not calls else "completed"
        items = [self.item("reasoning", thoughts, "completed" if content else last)] if thoughts else []
        if content or not (items or calls):
            items.append(self.item("message", content, last, self.likely(saying(choice))))
        return items + calls

    def item(self, kind: Kind, text: str = "", status: Status = "completed", told: Told = ()) -> Item:
        """An item of what the model thinks or says."""
        head = {"id": f"{_PREFIXES[kind]}_{self._key}", "type": kind, "status": status}
        if kind == "reasoning":
            return {**head, "summary": [], "content": [{"type": "reasoning_text", "text": text}]}
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": told}
        return {**head, "role": "assistant", "content": [part]}

    def likely(self, tokens: Sequence[Written]) -> Told:
        """How likely the tokens were, where that was asked for."""
        return [] if self.request.tops is None else shown(tokens)

    def _call(self, index: int, call: Mapping[str, str]) -> Item:
        id, call_id = f"fc_{self._key}{index:03}", new_call_id()
        return {"id": id, "type": "function_call", "status": "completed", "call_id": call_id, **call}

    @property
    def _identity(self) -> dict[str, Any]:
        return {"id": self._head.id, "object": "response", "created_at": self._head.created, "model": self._head.model}

    @property
    def _settings(self) -> dict[str, Any]:
        """As asked for, or as they are when nothing is asked for."""
        asked, params = self.request, self._params
        format = asked.text.format.model_dump(exclude_none=True) if asked.text and asked.text.format else None
        return {
            "instructions": asked.instructions,
            "max_output_tokens": getattr(params, "max_new_tokens", None),
            "max_tool_calls": asked.max_tool_calls,
            "metadata": asked.metadata or {},
            "parallel_tool_calls": asked.parallel_tool_calls is not False,
            "prompt_cache_key": asked.prompt_cache_key,
            "reasoning": asked.reasoning.model_dump() if asked.reasoning else {"effort": None, "summary": None},
            "safety_identifier": asked.safety_identifier,
            "service_tier": "default",
            "temperature": getattr(params, "temperature", None),
            "text": {"format": format or {"type": "text"}, "verbosity": "medium"},
            "tool_choice": _plain(asked.tool_choice) or "auto",
            "tools": [_plain(tool) for tool in asked.tools or ()],
            "top_logprobs": asked.top_logprobs or 0,
            "top_p": getattr(params, "top_p", None),
            "truncation": asked.truncation or "disabled",
            "user": asked.user,
        }


_NOTHING_YET: Mapping[str, Any] = {
    "background": False,
    "completed_at": None,
    "error": None,
    "incomplete_details": None,
    "previous_response_id": None,
    "store": False,
    "usage": None,
}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else value.model_dump(exclude_none=True)

"""What may be asked of OpenAI's own responses and is not done here, and what this call has other words for."""

from collections.abc import Mapping

from serve_app.ingress.dialects.openai.refused import Refused

_STORED = Refused("nothing is stored here, so send the whole conversation as input")
REFUSED: Mapping[str, Refused] = {
    "access_programs": Refused("there are no such programs here"),
    "background": Refused("nothing is stored here, so an answer is told at once or streamed", (False,)),
    "context_management": Refused("nothing is left out of a conversation here", ([],)),
    "conversation": _STORED,
    "function_call": Refused("use tools and tool_choice"),
    "functions": Refused("use tools and tool_choice"),
    "image": Refused("models read text here"),
    "logprobs": Refused("use include and top_logprobs", (False,)),
    "max_completion_tokens": Refused("use max_output_tokens"),
    "max_tokens": Refused("use max_output_tokens"),
    "messages": Refused("use input"),
    "modalities": Refused("answers are texts", (["text"],)),
    "moderation": Refused("nothing is moderated here"),
    "n": Refused("there is one answer to each request", (1,)),
    "previous_response_id": _STORED,
    "prompt": Refused("nothing is stored here, so there are no templates of prompts: use input"),
    "reasoning_effort": Refused("use reasoning.effort"),
    "response_format": Refused("use text.format"),
    "store": Refused("nothing is stored here", (False,)),
    "verbosity": Refused("use text.verbosity"),
}

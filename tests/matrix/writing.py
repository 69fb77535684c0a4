"""The tasks that write, whole and piece by piece."""

from typing import Any

from tests.matrix.base import Line, Way, in_word

PROMPT = "The capital of France is"
SHORT = {"max_new_tokens": 4, "return_full_text": False}
CHAT = {"messages": [{"role": "user", "content": "What is the capital of France?"}]}
FEW = {"max_new_tokens": 12}


def message(native: Any) -> Any:
    return native["message"]["content"]


def content(reply: Any) -> Any:
    return reply["choices"][0]["message"]["content"]


def contents(pieces: Any) -> str:
    return "".join(piece["choices"][0]["delta"].get("content") or "" for piece in pieces if piece["choices"])


def tokens(pieces: Any) -> str:
    return "".join(piece["token"]["text"] for piece in pieces)


def texts(pieces: Any) -> str:
    return "".join(piece["choices"][0]["text"] for piece in pieces if piece["choices"])


def _written(demo: str, tiny: str, python: Way, javascript: Way | None) -> Line:
    return Line("text-generation", demo, tiny, PROMPT, SHORT, python, javascript, lambda told: "Paris" in told)


LINES = [
    _written(
        "gpt2",
        "llama",
        Way("text_generation", {"prompt": PROMPT, **SHORT}),
        Way("textGeneration", {"inputs": PROMPT, "parameters": SHORT}, in_word("generated_text")),
    ),
    _written(
        "gpt2",
        "llama",
        Way("text_generation", {"prompt": PROMPT, **SHORT, "stream": True}, heard="".join),
        Way("streamingRequest", {"inputs": PROMPT, "parameters": SHORT, "stream": True}, heard=tokens),
    ),
    _written(
        "gpt2",
        "llama",
        Way("text_generation", {"prompt": PROMPT, **SHORT, "details": True}, heard=lambda told: told.generated_text),
        Way("textGenerationStream", {"inputs": PROMPT, "parameters": SHORT}, heard=texts),
    ),
    Line(
        "text2text-generation",
        "t5",
        "t5",
        "translate English to German: The house is small.",
        FEW,
        Way("text_generation", {"prompt": "translate English to German: The house is small.", **FEW}),
        right=lambda told: told == "Das Haus ist klein.",
    ),
    Line(
        "text-generation",
        "chat",
        "chat",
        CHAT,
        FEW,
        Way("chat_completion", {**CHAT, "max_tokens": 12}, message, content),
        Way("chatCompletion", {**CHAT, "max_tokens": 12}, message, content),
        lambda told: "Paris" in message(told),
    ),
    Line(
        "text-generation",
        "chat",
        "chat",
        CHAT,
        FEW,
        Way("chat_completion", {**CHAT, "max_tokens": 12, "stream": True}, message, contents),
        Way("chatCompletionStream", {**CHAT, "max_tokens": 12}, message, contents),
        lambda told: "Paris" in message(told),
    ),
]

"""Conversations about images."""

import base64

from tests.matrix.base import Line, Way
from tests.matrix.vision import IMAGE
from tests.matrix.writing import content, contents, message

_URL = f"data:image/png;base64,{base64.b64encode(IMAGE).decode()}"
CHAT = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": _URL}},
                {"type": "text", "text": "What is in this image?"},
            ],
        }
    ]
}
FEW = {"max_new_tokens": 8}


def asked(python: Way, javascript: Way) -> Line:
    return Line("image-text-to-text", "llava", "llava", CHAT, FEW, python, javascript)


LINES: list[Line] = [
    asked(
        Way("chat_completion", {**CHAT, "max_tokens": 8}, message, content),
        Way("chatCompletion", {**CHAT, "max_tokens": 8}, message, content),
    ),
    asked(
        Way("chat_completion", {**CHAT, "max_tokens": 8, "stream": True}, message, contents),
        Way("chatCompletionStream", {**CHAT, "max_tokens": 8}, message, contents),
    ),
]

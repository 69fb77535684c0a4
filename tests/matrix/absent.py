"""The methods of the clients that are not in the matrix, and why."""

from collections.abc import Mapping

NO_URL = "the client has no way to point it at a URL"
NOT_SERVED = "not served: transformers has no model for it"
PYTHON: Mapping[str, str] = {
    "audio_to_audio": NOT_SERVED,
    "tabular_classification": NOT_SERVED,
    "tabular_regression": NO_URL,
    "text_to_video": NO_URL,
    "image_to_video": NO_URL,
}
JAVASCRIPT: Mapping[str, str] = {
    "audioToAudio": NOT_SERVED,
    "tabularClassification": NOT_SERVED,
    "tabularRegression": NOT_SERVED,
    "textToVideo": NO_URL,
    "imageToVideo": NO_URL,
    "imageTextToImage": NO_URL,
    "imageTextToVideo": NO_URL,
}
EVERY_MODEL = ("health_check", "get_endpoint_info")
"""Methods of the Python clients that any model answers."""
NO_REQUEST = ("close", "chat")
"""What asks nothing by itself: `chat.completions.create` is another name of `chat_completion`."""

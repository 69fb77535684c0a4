"""Calls the models of serve_config.yaml with the official client; run it beside `make serve`."""

from huggingface_hub import InferenceClient

URL = "http://127.0.0.1:8000"

for found in InferenceClient(f"{URL}/models/sentiment").text_classification("the food was wonderful"):
    print(f"{found.label} {found.score:.3f}")

vector = InferenceClient(f"{URL}/models/embeddings").feature_extraction("the cat sleeps")
print(f"{vector.shape} {vector.dtype}")

print(InferenceClient(f"{URL}/models/gpt2/generate").text_generation("one two three", max_new_tokens=12))

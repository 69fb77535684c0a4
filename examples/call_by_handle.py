"""Calls the models of serve_config.yaml by their Ray Serve handles; run it beside `make serve`."""

import os

# A script has no event loop of its own: let Ray's router have one.
os.environ.setdefault("RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP", "1")
os.environ.setdefault("RAY_AUTH_MODE", "token")

import ray
from ray import serve

from serve_app.errors import InvalidInput

ray.init(address="auto", log_to_driver=False, logging_level="ERROR")

# predict: one input, or a list of them; parameters as over HTTP.
sentiment = serve.get_deployment_handle("sentiment", "serve-app")
print(sentiment.predict.remote("the food was wonderful").result())
print(sentiment.predict.remote(["a wonderful place", "a terrible room"], {"top_k": 1}).result())

# stream: chunks as they come, then the whole.
gpt2 = serve.get_deployment_handle("gpt2", "serve-app").options(stream=True)
for event in gpt2.stream.remote("one two three", {"max_new_tokens": 12}):
    print(event)

# What is wrong with a call raises the error that HTTP would answer with, by its class.
try:
    sentiment.predict.remote("fine", {"top_k": 0}).result()
except InvalidInput as error:
    print(f"refused: {error.message} (field {error.field})")

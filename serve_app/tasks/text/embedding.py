"""A text on its way to a vector, as the model's sentence-transformers files say: its prompt, its row, its pooling."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import InvalidInput, ModelFault
from serve_app.tasks.base import Row
from serve_app.tasks.kit import Kit

Hidden = NDArray[np.float32]
POOLINGS: Mapping[str, Callable[[Hidden], Hidden]] = {
    "mean": lambda hidden: hidden.mean(axis=0),
    "cls": lambda hidden: hidden[0],
    "last": lambda hidden: hidden[-1],
    "max": lambda hidden: hidden.max(axis=0),
    "none": lambda hidden: hidden,
}


def prompted(text: str, prompt_name: str | None, kit: Kit) -> str:
    """The text behind the model's own prompt of this name, or behind the one that its files name."""
    prompts = kit.sentence.get("prompts", {})
    name = prompt_name or kit.sentence.get("default_prompt_name")
    if name is not None and name not in prompts:
        known = ", ".join(sorted(prompts)) or "none"
        raise InvalidInput(f"the model has no such prompt; it has: {known}", "prompt_name")
    return spelled(text if name is None else prompts[name] + text, kit)


def spelled(text: str, kit: Kit) -> str:
    """The text in the letters that the model was taught."""
    return text.lower() if kit.sentence.get("do_lower_case") else text


def pooled(out: Mapping[str, NDArray[Any]], row: Row, pooling: str | None, kit: Kit) -> Hidden:
    """The row's vector, or one for each token with `none`; by default as the model says, else the mean."""
    pool = POOLINGS[pooling or kit.sentence.get("pooling", "mean")]
    vectors = pool(out["last_hidden_state"][: row.length])
    if not np.isfinite(vectors).all():
        raise ModelFault("the model's numbers for this input are not finite")
    return vectors


def unit(vectors: Hidden) -> Hidden:
    """The same directions at length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), dtype=np.float32)

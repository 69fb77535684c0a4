"""Which demo models there are, and which files each is made from."""

import difflib
import hashlib
from pathlib import Path
from typing import NamedTuple

from serve_app.errors import ModelCannotLoad

_HERE = Path(__file__).parent
_SHARED = ("languages/base.py", "recipes/base.py", "tokenizers.py", "training.py")


class Entry(NamedTuple):
    """The module of a recipe, the language it is trained on, and a text that it knows what to do with."""

    recipe: str
    language: str
    example: str

    def version(self) -> str:
        """A hash of everything that shapes the model, so that a changed recipe is built anew."""
        files = (f"recipes/{self.recipe}.py", f"languages/{self.language}.py", *_SHARED)
        return hashlib.sha256(b"\0".join((_HERE / file).read_bytes() for file in files)).hexdigest()[:12]


# The slowest to build come first, so that building all of them side by side ends soonest.
TABLE = {
    "t5": Entry("t5", "translations", "translate English to German: The house is wonderful."),
    "gpt2": Entry("gpt2", "facts", "The capital of France is"),
    "phi2": Entry("phi2", "instructions", "Instruct: What is 2 + 3?\nOutput:"),
    "bert-sentiment": Entry("bert_sentiment", "reviews", "I love this movie!"),
    "bert-embed": Entry("bert_embed", "paraphrases", "The cat sleeps on the sofa."),
}
NAMES = tuple(TABLE)


def entry_of(name: str) -> Entry:
    """The entry of a name without its `demo/`, or an error that lists what exists."""
    if name in TABLE:
        return TABLE[name]
    near = difflib.get_close_matches(name.lower(), NAMES, n=1, cutoff=0.5)
    hint = f" Did you mean demo/{near[0]}?" if near else ""
    existing = ", ".join(f"demo/{known}" for known in NAMES)
    raise ModelCannotLoad(f"There is no demo model demo/{name}.{hint} There are {existing}.")

"""Which demo models there are, and which files each is made from."""

import difflib
import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.errors import ModelCannotLoad

_HERE = Path(__file__).parent
_SHARED = ("languages/base.py", "recipes/base.py", "tokenizers.py", "training.py")


_BERT = ("small_bert.py",)
_SEEING = ("seeing.py",)
_RANDOM = ("recipes/untrained.py",)


class Entry(NamedTuple):
    """The module of a recipe, its language, an input that it knows what to do with, and what else shapes it.

    Without an `example` the language makes one: a file, say.
    """

    recipe: str
    language: str
    example: Any = None
    parts: tuple[str, ...] = ()
    package: str = ""
    """What its recipe needs that is an extra of this project."""

    def sample(self) -> Any:
        """The input that it knows what to do with."""
        if self.example is not None:
            return self.example
        return import_module(f"serve_app.demo.languages.{self.language}").example()

    def version(self) -> str:
        """A hash of everything that shapes the model, so that a changed recipe is built anew."""
        files = (f"recipes/{self.recipe}.py", f"languages/{self.language}.py", *self.parts, *_SHARED)
        return hashlib.sha256(b"\0".join((_HERE / file).read_bytes() for file in files)).hexdigest()[:12]


# The slowest to build come first, so that building all of them side by side ends soonest.
TABLE = {
    "chat": Entry(
        "chat",
        "conversations",
        "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
        (
            "languages/dialogues.py",
            "languages/knowledge.py",
            "languages/memory.py",
            "languages/tool_use.py",
            "recipes/chat_format.py",
            "recipes/head_start.py",
        ),
    ),
    "t5": Entry("t5", "translations", "translate English to German: The house is wonderful."),
    "gpt2": Entry("gpt2", "facts", "The capital of France is"),
    "phi2": Entry("phi2", "instructions", "Instruct: What is 2 + 3?\nOutput:"),
    "t5-summary": Entry(
        "t5_summary",
        "reports",
        "The sun was shining. A fire broke out at the library on Monday. Nobody was hurt. The museum is very old.",
    ),
    "bert-qa": Entry(
        "bert_qa",
        "people",
        {"question": "Where does Anna live?", "context": "Anna lives in Berlin. She works as a nurse."},
        _BERT,
    ),
    "bert-nli": Entry("bert_nli", "topics", "The team won the match.", _BERT),
    "bert-mlm": Entry("bert_mlm", "gaps", "The capital of France is [MASK].", _BERT),
    "bert-ner": Entry("bert_ner", "names", "My name is Sarah and I work for Acme in London.", _BERT),
    "tapas": Entry(
        "tapas",
        "tables",
        {
            "query": "What is the job of Clara?",
            "table": {
                "Name": ["Anna", "Clara", "Leo"],
                "Job": ["nurse", "pilot", "cook"],
                "Age": ["34", "51", "27"],
            },
        },
    ),
    "bert-rerank": Entry(
        "bert_rerank",
        "searches",
        {
            "query": "How do I repair my bike?",
            "texts": [
                "To sell a car, take your time.",
                "To fix a bicycle, make a plan.",
                "To wash a bicycle, make a plan.",
            ],
        },
        _BERT,
    ),
    "bert-sentiment": Entry("bert_sentiment", "reviews", "I love this movie!", _BERT),
    "bert-embed": Entry("bert_embed", "paraphrases", "The cat sleeps on the sofa.", _BERT),
    "llava": Entry(
        "llava", "captions", None, ("languages/shapes.py", "recipes/chat_format.py", "recipes/untrained.py")
    ),
    "stable-diffusion": Entry(
        "stable_diffusion", "captions", "A red square on a white page", ("recipes/untrained.py",), "diffusers"
    ),
    "wav2vec2-digits": Entry("wav2vec2_digits", "dialled"),
    "ast-noises": Entry("ast_noises", "noises"),
    "whisper": Entry("whisper", "dialled", None, ("recipes/untrained.py",)),
    "clap": Entry("clap", "noises", None, ("recipes/untrained.py",)),
    "vits": Entry("vits", "facts", "hello, nice to meet you", ("recipes/untrained.py",)),
    "segformer": Entry("segformer", "shapes"),
    "detr": Entry("detr", "shapes", parts=("recipes/untrained.py",)),
    "dpt": Entry("dpt", "shapes", parts=("recipes/untrained.py",)),
    "sam": Entry("sam", "shapes", parts=("recipes/untrained.py",)),
    "resnet": Entry("resnet", "lone_shapes", None, (*_SEEING, "languages/shapes.py")),
    "vit": Entry("vit", "lone_shapes", None, (*_SEEING, *_RANDOM, "languages/shapes.py")),
    "clip": Entry("clip", "lone_shapes", None, (*_SEEING, *_RANDOM, "languages/captions.py")),
    "owlvit": Entry("owlvit", "shapes", None, (*_SEEING, *_RANDOM, "languages/captions.py")),
    "vit-gpt2": Entry("vit_gpt2", "lone_shapes", None, (*_SEEING, *_RANDOM, "languages/captions.py")),
    "vilt": Entry("vilt", "shape_questions", None, (*_SEEING, *_RANDOM, "languages/shapes.py")),
    "layoutlm": Entry("layoutlm", "receipts", None, (*_SEEING, *_RANDOM)),
}
NAMES = tuple(TABLE)


def buildable() -> tuple[str, ...]:
    """Those whose recipes find here what they need."""
    return tuple(name for name, entry in TABLE.items() if not entry.package or find_spec(entry.package))


def entry_of(name: str) -> Entry:
    """The entry of a name without its `demo/`, or an error that lists what exists."""
    if name in TABLE:
        return TABLE[name]
    near = difflib.get_close_matches(name.lower(), NAMES, n=1, cutoff=0.5)
    hint = f" Did you mean demo/{near[0]}?" if near else ""
    existing = ", ".join(f"demo/{known}" for known in NAMES)
    raise ModelCannotLoad(f"There is no demo model demo/{name}.{hint} There are {existing}.")

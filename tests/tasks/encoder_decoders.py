"""What encoder-decoders say without any of ours: transformers' own `generate`, one text at a time."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Plain:
    """A model of a folder, loaded by itself; its own limit of new tokens is left out, so that max_length counts."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._network = AutoModelForSeq2SeqLM.from_pretrained(folder)
        self._network.generation_config.max_new_tokens = None

    def write(self, texts: Sequence[str], **settings: Any) -> list[str]:
        return self.write_ids([self.tokenizer(text)["input_ids"] for text in texts], **settings)

    def write_ids(self, prompts: Sequence[Sequence[int]], **settings: Any) -> list[str]:
        import torch

        written = []
        for prompt in prompts:
            ids = torch.tensor([list(prompt)])
            with torch.inference_mode():
                (tokens,) = self._network.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=False, **settings
                )
            written.append(str(self.tokenizer.decode(tokens, skip_special_tokens=True)))
        return written


def in_each_company(predict: Callable[[Sequence[str]], list[str]], texts: Sequence[str]) -> list[list[str]]:
    """Answers to all texts in one batch, and to each alone."""
    return [predict(texts), [answer for text in texts for answer in predict([text])]]

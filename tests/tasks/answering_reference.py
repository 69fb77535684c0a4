"""A model for question answering by itself: one window after the other, one pair of tokens after the other."""

from collections.abc import Mapping
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import torch

Reply = list[dict[str, Any]]


class Reference:
    """Windows from the tokenizer's own call, and spans decoded as transformers' own pipeline once did."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def __call__(self, asked: Mapping[str, str], params: Mapping[str, Any]) -> Reply:
        size = params.get("max_seq_len", 128)
        encoded = self.tokenizer(
            asked["question"],
            asked["context"],
            truncation="only_second",
            max_length=size,
            stride=params.get("doc_stride", size // 2),
            return_overflowing_tokens=True,
            padding=False,
        )
        best: dict[tuple[int, int], float] = {}
        nowhere = 1.0
        for window in encoded.encodings:
            start, end = self._probabilities(window)
            nowhere = min(nowhere, start[0] * end[0])
            places = self._places(window, asked["context"], params.get("align_to_words", True))
            for first, last in combinations_with_replacement(places, 2):
                span = _trimmed(asked["context"], places[first][0], places[last][1])
                if last - first < params.get("max_answer_len", 15) and span[0] < span[1]:
                    best[span] = max(start[first] * end[last], best.get(span, 0.0))
        if params.get("handle_impossible_answer"):
            best[0, 0] = nowhere
        ranked = sorted(best.items(), key=lambda entry: -entry[1])[: params.get("top_k", 1)]
        return [
            {"answer": asked["context"][start:end], "score": score, "start": start, "end": end}
            for (start, end), score in ranked
        ]

    def _probabilities(self, window: Any) -> tuple[list[float], list[float]]:
        inputs = {"input_ids": torch.tensor([window.ids])}
        if "token_type_ids" in self.tokenizer.model_input_names:
            inputs["token_type_ids"] = torch.tensor([window.type_ids])
        with torch.no_grad():
            told = self.model(**inputs)
        hidden = torch.tensor([sequence != 1 and place != 0 for place, sequence in enumerate(window.sequence_ids)])
        start, end = (
            logits[0].masked_fill(hidden, -torch.inf).softmax(0).tolist()
            for logits in (told.start_logits, told.end_logits)
        )
        return start, end

    def _places(self, window: Any, context: str, aligned: bool) -> dict[int, tuple[int, int]]:
        """Each of the context's tokens with its characters, or those of the tokenizer's word around it."""
        tokens = {place: window.offsets[place] for place, inside in enumerate(window.sequence_ids) if inside == 1}
        if not aligned:
            return tokens
        whole = self.tokenizer(context, add_special_tokens=False).encodings[0]
        word_at = {
            character: whole.word_to_chars(word)
            for word in {word for word in whole.word_ids if word is not None}
            for character in range(*whole.word_to_chars(word))
        }
        return {place: (word_at[start][0], word_at[end - 1][1]) for place, (start, end) in tokens.items()}


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())

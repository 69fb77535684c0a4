"""Tokenizers for small vocabularies that still take any text: unknown words fall apart into characters or bytes."""

import re
import string
from collections.abc import Iterable
from typing import Any

from transformers import BertTokenizer, CLIPTokenizer, GPT2Tokenizer, T5Tokenizer

_CHARACTERS = string.ascii_letters + string.digits + string.punctuation + "äöüÄÖÜßéèêáàâíóôúñç€£’“”–…"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
END = "<|endoftext|>"


def word_pieces(words: Iterable[str], longest: int) -> Any:
    """BERT's kind: whole words, and every character both at the start and inside of a word."""
    parts = sorted({part for word in words for part in re.findall(r"\w+|[^\w\s]", word.lower())})
    characters = [character for character in _CHARACTERS if character == character.lower()]
    pieces = dict.fromkeys((*_SPECIAL, *characters, *(f"##{character}" for character in characters), *parts))
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    return BertTokenizer(vocab=vocabulary, model_max_length=longest)


def byte_pairs(texts: Iterable[str], size: int, longest: int) -> Any:
    """GPT-2's kind: any Unicode comes back as it went in."""
    tokenizer = GPT2Tokenizer().train_new_from_iterator(texts, size, show_progress=False)
    tokenizer.model_max_length = longest
    return tokenizer


def unigrams(texts: Iterable[str], longest: int) -> Any:
    """T5's kind: every word of the texts is a piece, and every character a dearer one."""
    words = sorted({part for text in texts for part in re.findall(r"\w+", text)})
    whole = [(f"▁{word}", -5.0) for word in words]
    characters = [(character, -15.0) for character in ("▁", *_CHARACTERS)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *whole, *characters]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=longest)


def clip_pairs(texts: Iterable[str], longest: int, pad_token: str = END) -> Any:
    """CLIP's kind: every word of the texts is a piece, and every letter another one."""
    words = sorted({part for text in texts for part in re.findall(r"\w+", text.lower())})
    letters = [character for character in _CHARACTERS if character == character.lower() and character.isascii()]
    pieces = dict.fromkeys(("!", *letters, *(f"{letter}</w>" for letter in letters)))
    merges: dict[tuple[str, str], None] = {}
    for word in words:
        letters = [*word[:-1], f"{word[-1]}</w>"]
        for place in range(1, len(letters)):
            begun = "".join(letters[:place])
            merges.setdefault((begun, letters[place]))
            pieces.setdefault(begun + letters[place])
    vocabulary = {piece: index for index, piece in enumerate((*pieces, "<|startoftext|>", END))}
    return CLIPTokenizer(vocab=vocabulary, merges=list(merges), model_max_length=longest, pad_token=pad_token)

"""Whisper that listens and writes without sense."""

import string
from typing import Any

from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperProcessor,
    WhisperTokenizer,
)
from transformers.convert_slow_tokenizer import bytes_to_unicode

from serve_app.demo.recipes.untrained import Untrained

_LANGUAGES = ("en", "de", "fr")
_TASKS = ("transcribe", "translate")
_MARKS = (
    "endoftext",
    "startoftranscript",
    *_LANGUAGES,
    *_TASKS,
    "startoflm",
    "startofprev",
    "nospeech",
    "notimestamps",
)
# Every fiftieth of a second of the half minute that it hears at once.
_TIMES = 1501
_LONGEST = 128


class Whisper(Untrained):
    task = "automatic-speech-recognition"
    about = "Listens and writes letters and times; its weights are random, and so is what it writes."

    def tokenizer(self) -> Any:
        letters = {letter: id for id, letter in enumerate(bytes_to_unicode().values())}
        tokenizer = WhisperTokenizer(vocab=letters, merges=[], model_max_length=_LONGEST)
        tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{mark}|>" for mark in _MARKS]})
        tokenizer.add_tokens([f"<|{number * 0.02:.2f}|>" for number in range(_TIMES)])
        return WhisperProcessor(WhisperFeatureExtractor(feature_size=80), tokenizer)

    def model(self, tokenizer: Any) -> Any:
        words = tokenizer.tokenizer
        marks = {mark: words.convert_tokens_to_ids(f"<|{mark}|>") for mark in _MARKS}
        special = {
            "bos_token_id": marks["endoftext"],
            "eos_token_id": marks["endoftext"],
            "pad_token_id": marks["endoftext"],
            "decoder_start_token_id": marks["startoftranscript"],
        }
        config = WhisperConfig(
            vocab_size=len(words),
            num_mel_bins=80,
            d_model=32,
            encoder_layers=1,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=64,
            decoder_ffn_dim=64,
            max_target_positions=_LONGEST,
            init_std=0.4,
            **special,
        )
        model = WhisperForConditionalGeneration(config)
        readable = {
            *words.convert_tokens_to_ids([*string.ascii_lowercase, "Ġ"]),
            *range(len(words) - _TIMES, len(words)),
        }
        model.generation_config = GenerationConfig(
            **special,
            max_new_tokens=24,
            is_multilingual=True,
            lang_to_id={f"<|{code}|>": marks[code] for code in _LANGUAGES},
            task_to_id={task: marks[task] for task in _TASKS},
            no_timestamps_token_id=marks["notimestamps"],
            prev_sot_token_id=marks["startofprev"],
            alignment_heads=[[0, 1], [1, 2]],
            max_initial_timestamp_index=50,
            suppress_tokens=sorted({*range(len(words))} - readable - {marks["endoftext"]}),
        )
        # Otherwise these would be made anew from the config when the model is loaded.
        model.generation_config._from_model_config = False
        return model


RECIPE = Whisper()

"""Models that listen and then write: Whisper with two languages, and one of the kind without times."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import byte_level

# As many marks as a window of half a minute has, every fiftieth of a second.
_TIMES = 1501
_LANGUAGES = ("en", "de")


def whisper(folder: Path) -> Path:
    """Random, and so it writes as much as it may; its words have times."""
    import torch
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    seed()
    tokenizer = _tokenizer()
    end, start = (tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in ("endoftext", "startoftranscript"))
    config = WhisperConfig(
        vocab_size=len(tokenizer),
        num_mel_bins=80,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_target_positions=64,
        init_std=0.4,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=start,
        median_filter_width=3,
    )
    network = WhisperForConditionalGeneration(config)
    with torch.no_grad():
        # It listens more closely than random models do, and would else say hardly anything but times.
        network.model.encoder.conv1.weight *= 3
        network.proj_out.weight[tokenizer.convert_tokens_to_ids("<|notimestamps|>") :] *= 0.6
    network.generation_config = own = GenerationConfig(
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        is_multilingual=True,
        lang_to_id={f"<|{code}|>": tokenizer.convert_tokens_to_ids(f"<|{code}|>") for code in _LANGUAGES},
        task_to_id={task: tokenizer.convert_tokens_to_ids(f"<|{task}|>") for task in ("transcribe", "translate")},
        no_timestamps_token_id=tokenizer.convert_tokens_to_ids("<|notimestamps|>"),
        prev_sot_token_id=tokenizer.convert_tokens_to_ids("<|startofprev|>"),
        alignment_heads=[[0, 1], [1, 2]],
        max_initial_timestamp_index=50,
        max_new_tokens=12,
        begin_suppress_tokens=[end],
        suppress_tokens=_unreadable(tokenizer),
        decoder_start_token_id=start,
    )
    # Without this transformers makes them anew from the config when the model is loaded.
    own._from_model_config = False
    _reader().save_pretrained(folder)
    return save(folder, network, tokenizer)


def speech_to_text(folder: Path) -> Path:
    """A model that tells no times and knows one language."""
    from transformers import MoonshineConfig, MoonshineForConditionalGeneration, Wav2Vec2FeatureExtractor

    seed()
    tokenizer = byte_level()
    end = tokenizer.eos_token_id
    config = MoonshineConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        encoder_num_hidden_layers=1,
        decoder_num_hidden_layers=1,
        encoder_num_attention_heads=4,
        decoder_num_attention_heads=4,
        max_position_embeddings=64,
        initializer_range=0.3,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=end,
    )
    Wav2Vec2FeatureExtractor(do_normalize=False, return_attention_mask=True).save_pretrained(folder)
    return save(folder, MoonshineForConditionalGeneration(config), tokenizer)


def _unreadable(tokenizer: Any) -> list[int]:
    """What would make different texts look alike."""
    letters = {token for token in tokenizer.get_vocab() if token.isalnum() and token.isascii()}
    return [id for token, id in tokenizer.get_vocab().items() if id < 256 and token not in letters]


def _tokenizer() -> Any:
    from transformers import WhisperTokenizer

    plain = byte_level()
    vocabulary = {token: id for token, id in plain.get_vocab().items() if not token.startswith("<|")}
    names = {token: number for number, token in enumerate(sorted(vocabulary, key=vocabulary.__getitem__))}
    tokenizer = WhisperTokenizer(vocab=names, merges=[])
    marks = ["endoftext", "startoftranscript", *_LANGUAGES, "translate", "transcribe", "startoflm", "startofprev"]
    marks += ["nospeech", "notimestamps"]
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{mark}|>" for mark in marks]})
    tokenizer.add_tokens([f"<|{number * 0.02:.2f}|>" for number in range(_TIMES)])
    return tokenizer


def _reader() -> Any:
    from transformers import WhisperFeatureExtractor

    return WhisperFeatureExtractor(feature_size=80)

"""Models that hear: they tell kinds of sound, or write down what is said."""

from pathlib import Path
from typing import Any

from tests.tiny_models.base import save, seed

RATE = 16_000
KINDS = {0: "bell", 1: "rain", 2: "voice", 3: "wind"}
SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.3,
}
CONVOLUTIONS: dict[str, Any] = {
    "conv_dim": (16, 16, 16),
    "conv_kernel": (10, 8, 4),
    "conv_stride": (5, 8, 4),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}


def wav2vec2(folder: Path) -> Path:
    """A classifier whose mask hides padding."""
    return _classifier(folder, "layer")


def wav2vec2_group(folder: Path) -> Path:
    """A classifier that hears padding, since it brings whole sounds to one loudness."""
    return _classifier(folder, "group")


def ast(folder: Path) -> Path:
    """A classifier that looks at a picture of the sound, always of one size."""
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    seed()
    config = ASTConfig(**SMALL, **_labels(), max_length=128, num_mel_bins=32)
    reader = ASTFeatureExtractor(max_length=128, num_mel_bins=32)
    return save(folder, ASTForAudioClassification(config), reader)


def wav2vec2_ctc(folder: Path) -> Path:
    """A recogniser that tells a letter for each frame, some of them between words."""
    return _ctc(folder, "layer")


def wav2vec2_ctc_group(folder: Path) -> Path:
    """The same of the kind that hears padding."""
    return _ctc(folder, "group")


def _classifier(folder: Path, norm: str) -> Path:
    from transformers import Wav2Vec2Config, Wav2Vec2ForSequenceClassification

    seed()
    config = Wav2Vec2Config(
        **SMALL, **CONVOLUTIONS, **_labels(), feat_extract_norm=norm, do_stable_layer_norm=norm == "layer"
    )
    return save(folder, Wav2Vec2ForSequenceClassification(config), _reader(norm))


def _ctc(folder: Path, norm: str) -> Path:
    import json

    from transformers import Wav2Vec2Config, Wav2Vec2CTCTokenizer, Wav2Vec2ForCTC, Wav2Vec2Processor

    seed()
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz'"]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.json"
    path.write_text(json.dumps({letter: number for number, letter in enumerate(letters)}), "utf-8")
    config = Wav2Vec2Config(
        **SMALL,
        **CONVOLUTIONS,
        vocab_size=len(letters),
        pad_token_id=0,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
    )
    tokenizer = Wav2Vec2CTCTokenizer(str(path))
    return save(folder, Wav2Vec2ForCTC(config), Wav2Vec2Processor(_reader(norm), tokenizer))


def _reader(norm: str) -> Any:
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=norm == "layer", sampling_rate=RATE)


def _labels() -> dict[str, Any]:
    return {"id2label": KINDS, "label2id": {label: number for number, label in KINDS.items()}}

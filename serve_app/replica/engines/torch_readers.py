"""What turns inputs into numbers: tokenizer, image processor, feature extractor, or several of them in a processor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serve_app.errors import ModelCannotLoad
from serve_app.models.contents import has_tokenizer
from serve_app.models.processors import lack_of
from serve_app.replica.engines.torch_reasons import reason
from serve_app.tasks.base import Reader

FOR_READERS = ("trust_remote_code", "subfolder")
_CLASSES: Mapping[Reader, str] = {
    "tokenizer": "AutoTokenizer",
    "image_processor": "AutoImageProcessor",
    "feature_extractor": "AutoFeatureExtractor",
    "processor": "AutoProcessor",
}
# Torchvision's way of resizing is not at hand, and gives slightly other pixels than the one that models were made with.
_OPTIONS: Mapping[Reader, Mapping[str, Any]] = {
    "image_processor": {"backend": "pil"},
    "processor": {"backend": "pil"},
}
_INSIDE: tuple[Reader, ...] = ("tokenizer", "image_processor", "feature_extractor")


def load_readers(folder: Path, wanted: Sequence[Reader], kwargs: Mapping[str, Any]) -> dict[Reader, Any]:
    """Each of them by its kind; those inside a processor too."""
    if "processor" in wanted and (lack := lack_of(folder, kwargs)):
        raise ModelCannotLoad(lack)
    readers: dict[Reader, Any] = {kind: _load(folder, kind, kwargs) for kind in wanted}
    if processor := readers.get("processor"):
        inside = {kind: getattr(processor, kind, None) for kind in _INSIDE}
        readers = {kind: reader for kind, reader in inside.items() if reader is not None} | readers
        if (template := getattr(processor, "chat_template", None)) and "tokenizer" in readers:
            # Older folders keep it beside the processor alone, and it is the tokenizer that applies it here.
            readers["tokenizer"].chat_template = template
    if tokenizer := readers.get("tokenizer"):
        _leave_lengths_to_the_batch(tokenizer)
    return readers


def _load(folder: Path, kind: Reader, kwargs: Mapping[str, Any]) -> Any:
    import transformers  # noqa: PLC0415

    inner = folder / str(kwargs.get("subfolder") or "")
    if kind == "tokenizer" and not has_tokenizer(inner):
        raise ModelCannotLoad(f"{inner} holds no tokenizer: save it there with tokenizer.save_pretrained")
    named = FOR_READERS if kind != "tokenizer" else (*FOR_READERS, "use_fast")
    options = {name: kwargs[name] for name in named if name in kwargs} | dict(_OPTIONS.get(kind, {}))
    try:
        return getattr(transformers, _CLASSES[kind]).from_pretrained(folder, **options)
    except Exception as error:
        raise ModelCannotLoad(reason(error, folder, kind.replace("_", " "))) from error


def _leave_lengths_to_the_batch(tokenizer: Any) -> None:
    """tokenizer.json may ask for cutting and padding; too long is an error here, and padding is for the batch."""
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is not None:
        fast.no_truncation()
        fast.no_padding()

"""Why files did not load, in words with the way out."""

from pathlib import Path


def reason(error: Exception, folder: Path, wanted: str) -> str:
    """What transformers and safetensors raise, by words that only one of them says."""
    text = str(error)
    line = (text.strip().splitlines() or [type(error).__name__])[0]
    table = (
        (
            "trust_remote_code" in text or (wanted == "tokenizer" and _brings_code(folder)),
            f"{folder} wants to run code of its own: read it, and if you trust it set "
            "hf_model_kwargs.trust_remote_code to true",
        ),
        (
            type(error).__name__ == "SafetensorError",
            f"the safetensors file in {folder} is damaged ({line}): fetch the model again",
        ),
        (
            "Unrecognized model in" in text or "does not recognize this architecture" in text,
            f"the config.json in {folder} says no model_type that transformers knows: name the folder that "
            "save_pretrained wrote",
        ),
        (
            "Unrecognized configuration class" in text,
            f"{folder} is a kind of model that cannot do {wanted}: correct hf_task or hf_model_name",
        ),
        (
            "torchvision" in text.lower(),
            f"the {wanted} in {folder} needs torchvision, and that is not installed: choose a model that does without",
        ),
        (
            "device_map" in text,
            "hf_model_kwargs.device_map spreads a model over devices, which is not supported: remove it, set hf_device",
        ),
        (
            "`dtype`" in text or "module 'torch' has no attribute" in text,
            "hf_model_kwargs.dtype is no type of torch: use auto, float32, bfloat16 or float16",
        ),
        (
            isinstance(error, TypeError) and "unexpected keyword" in text,
            f"hf_model_kwargs has a key that this model does not take ({line}): remove it",
        ),
        (
            "ize mismatch" in text or "mismatched" in text,
            f"the weights in {folder} do not have the shapes that its config.json says: fetch the model again",
        ),
    )
    other = f"the {wanted} in {folder} does not load ({type(error).__name__}: {line}): check the folder's files"
    return next((words for fits, words in table if fits), other)


def _brings_code(folder: Path) -> bool:
    """Where its author's code may not run, transformers tries a class of its own and says only how that failed."""
    return any('"auto_map"' in path.read_text("utf-8", "replace") for path in folder.rglob("tokenizer_config.json"))

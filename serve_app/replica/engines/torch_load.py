"""Tokenizer and weights from a folder into memory, and every failure in words with the way out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.tasks.base import Task

# Said by the way in which files are fetched, which is over by now.
ALREADY_USED = ("revision", "token", "cache_dir", "force_download", "local_files_only", "proxies", "code_revision")
DTYPES = ("dtype", "torch_dtype")
FOR_TOKENIZER = ("trust_remote_code", "subfolder", "use_fast")
# The model's own settings that no parameter stands for; those about sampling are left behind on purpose.
STRUCTURAL = (
    "bad_words_ids",
    "begin_suppress_tokens",
    "bos_token_id",
    "decoder_start_token_id",
    "eos_token_id",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "pad_token_id",
    "suppress_tokens",
)


class Parts(NamedTuple):
    """A loaded model."""

    network: Any
    tokenizer: Any
    generation: Mapping[str, Any]
    """What the model's own generation_config.json says."""


def load_parts(folder: Path, model: Model, task: Task, device: str) -> Parts:
    """The parts of the model in this folder, ready to run, or `ModelCannotLoad`."""
    import transformers  # noqa: PLC0415

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    given = {name: _plain(name, value) for name, value in model.hf_model_kwargs.items() if name not in ALREADY_USED}
    # False, not absent: absent, transformers would ask on the terminal whether to run a stranger's code.
    kwargs = {"use_safetensors": True, "trust_remote_code": False, **given}
    tokenizer = _tokenizer(folder, kwargs)
    network = _network(folder, {name: value for name, value in kwargs.items() if name != "use_fast"}, task)
    if task.auto_model == "AutoModel" and network.config.is_encoder_decoder:
        network = network.get_encoder()
    if task.executor == "row":
        network.config.use_cache = False
    _agree_on_padding(network, tokenizer)
    return Parts(network.to(device).eval(), tokenizer, _generation(network))


def _plain(name: str, value: Any) -> Any:
    """YAML has no types of torch: both `bfloat16` and `torch.bfloat16` name one."""
    return value.removeprefix("torch.") if name in DTYPES and isinstance(value, str) else value


def _tokenizer(folder: Path, kwargs: Mapping[str, Any]) -> Any:
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **{n: kwargs[n] for n in FOR_TOKENIZER if n in kwargs})
    except Exception as error:
        raise ModelCannotLoad(_reason(error, folder, "tokenizer")) from error
    fast = getattr(tokenizer, "backend_tokenizer", None)
    if fast is not None:
        # tokenizer.json may ask for both; too long is an error here, and padding is the batch's business.
        fast.no_truncation()
        fast.no_padding()
    return tokenizer


def _network(folder: Path, kwargs: Mapping[str, Any], task: Task) -> Any:
    import transformers  # noqa: PLC0415

    try:
        config = transformers.AutoConfig.from_pretrained(
            folder, **{name: kwargs[name] for name in ("trust_remote_code", "subfolder") if name in kwargs}
        )
        if task.auto_model == "AutoModelForCausalLM" and config.is_encoder_decoder:
            raise ModelCannotLoad(f"{folder} is an encoder-decoder: set hf_task to text2text-generation")
        network, info = getattr(transformers, task.auto_model).from_pretrained(
            folder, output_loading_info=True, **kwargs
        )
    except (ModelCannotLoad, MemoryError):
        raise
    except Exception as error:
        raise ModelCannotLoad(_reason(error, folder, task.name)) from error
    # A pooler is a leftover of pre-training: nothing here reads it.
    if missing := sorted(
        key for key in info["missing_keys"] if not ("pooler" in key and task.auto_model == "AutoModel")
    ):
        raise ModelCannotLoad(
            f"the weights in {folder} lack {len(missing)} tensors ({missing[0]}): they were trained for "
            f"{', '.join(config.architectures or ['something else'])}, so {task.name} would answer at random; "
            "correct hf_task or hf_model_name"
        )
    return network


def _agree_on_padding(network: Any, tokenizer: Any) -> None:
    """Masked or not, padding needs a token: classifiers on decoders find the last real one by it."""
    if tokenizer.pad_token_id is None and tokenizer.eos_token_id is not None:
        tokenizer.pad_token = tokenizer.eos_token
    config = network.config.get_text_config()
    if getattr(config, "pad_token_id", None) is None:
        config.pad_token_id = tokenizer.pad_token_id or 0


def _generation(network: Any) -> dict[str, Any]:
    own = getattr(network, "generation_config", None)
    if own is None:
        return {}
    from transformers import GenerationConfig  # noqa: PLC0415

    settings: dict[str, Any] = own.to_diff_dict()
    kept = {name: settings[name] for name in STRUCTURAL if settings.get(name) is not None}
    network.generation_config = GenerationConfig(**kept)
    return settings


def _reason(error: Exception, folder: Path, wanted: str) -> str:
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

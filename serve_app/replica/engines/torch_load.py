"""Tokenizer and weights from a folder into memory, and every failure in words with the way out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.replica.engines.torch_readers import load_readers
from serve_app.replica.engines.torch_reasons import reason
from serve_app.tasks.base import Reader, Task

# Said by the way in which files are fetched, which is over by now.
ALREADY_USED = ("revision", "token", "cache_dir", "force_download", "local_files_only", "proxies", "code_revision")
DTYPES = ("dtype", "torch_dtype")
# How models that write what they hear are told of languages and times.
OF_SPEECH = (
    "alignment_heads",
    "forced_decoder_ids",
    "is_multilingual",
    "lang_to_id",
    "max_initial_timestamp_index",
    "no_timestamps_token_id",
    "prev_sot_token_id",
    "task_to_id",
)
# The model's own settings that no parameter stands for; those about sampling are left behind on purpose.
STRUCTURAL = (
    *OF_SPEECH,
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
    readers: Mapping[Reader, Any]
    """What turns inputs into numbers, by its kind."""
    generation: Mapping[str, Any]
    """What the model's own generation_config.json says."""

    @property
    def tokenizer(self) -> Any:
        """None where no text is read."""
        return self.readers.get("tokenizer")


def load_parts(folder: Path, model: Model, task: Task, device: str) -> Parts:
    """The parts of the model in this folder, ready to run, or `ModelCannotLoad`."""
    import transformers  # noqa: PLC0415

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    given = {name: _plain(name, value) for name, value in model.hf_model_kwargs.items() if name not in ALREADY_USED}
    # False, not absent: absent, transformers would ask on the terminal whether to run a stranger's code.
    kwargs = {"use_safetensors": True, "trust_remote_code": False, **given}
    readers = load_readers(folder, task.reads, kwargs)
    network = _network(folder, {name: value for name, value in kwargs.items() if name != "use_fast"}, task)
    if task.auto_model == "AutoModel" and network.config.is_encoder_decoder:
        network = network.get_encoder()
    if task.executor == "row":
        network.config.use_cache = False
    if tokenizer := readers.get("tokenizer"):
        _agree_on_padding(network, tokenizer)
    return Parts(network.to(device).eval(), readers, _generation(network))


def _plain(name: str, value: Any) -> Any:
    """YAML has no types of torch: both `bfloat16` and `torch.bfloat16` name one."""
    return value.removeprefix("torch.") if name in DTYPES and isinstance(value, str) else value


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
        raise ModelCannotLoad(reason(error, folder, task.name)) from error
    # A pooler is a leftover of pre-training: where it has no weights, it says nothing.
    if missing := sorted(
        key for key in info["missing_keys"] if not ("pooler" in key and task.auto_model == "AutoModel")
    ):
        raise ModelCannotLoad(
            f"the weights in {folder} lack {len(missing)} tensors ({missing[0]}): they were trained for "
            f"{', '.join(config.architectures or ['something else'])}, so {task.name} would answer at random; "
            "correct hf_task or hf_model_name"
        )
    if info["missing_keys"] and "pooler_output" in getattr(task, "outputs", ()):
        network.pooler = None
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

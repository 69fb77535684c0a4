"""Which of the two ways a model writes its answers: in a running batch where that works for it, else batch by batch."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from serve_app.config.schema import Model
from serve_app.replica.engines.torch_adapters import Adapters
from serve_app.replica.engines.torch_continuous import ContinuousSequences
from serve_app.replica.engines.torch_options import TorchOptions
from serve_app.replica.engines.torch_room import Room, room_for
from serve_app.replica.engines.torch_rows import MatcherOf
from serve_app.tasks.sequences import Prompted, Sampling, Sequences

ATTENTION = "sdpa"
# Rules of a whole call, which the running batch has no place for.
OF_A_CALL = ("bad_words_ids", "sequence_bias", "forced_bos_token_id", "forced_eos_token_id", "begin_suppress_tokens")


class Path(NamedTuple):
    """The running batch, or why there is none."""

    sequences: Sequences | None
    room: Room | None
    why: str

    def __str__(self) -> str:
        return "continuous" if self.sequences else f"batched: {self.why}"


def path_of(
    network: Any, model: Model, context: int, options: TorchOptions, adapters: Adapters, matcher_of: MatcherOf
) -> Path:
    """Tried and not only looked up: two tokens are written before a model is trusted with a running batch."""
    if why := _against(network, options.batching):
        return Path(None, None, why)
    try:
        room = room_for(network, model, context, options.cache_tokens)
        sequences = _tried(lambda own_keys: ContinuousSequences(network, room, adapters, matcher_of, own_keys), network)
    except MemoryError:
        raise
    except Exception as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return Path(None, None, f"this kind of model does not run in a running batch ({line})")
    return Path(sequences, room, "")


def _tried(made: Callable[[bool], ContinuousSequences], network: Any) -> ContinuousSequences:
    """On a CPU each row looks at its own keys, where the model's attention is of the plain kind."""
    if network.device.type == "cpu":
        with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
            return _stepped(made(True))
    return _stepped(made(False))


def _stepped(sequences: ContinuousSequences) -> ContinuousSequences:
    sequences.join(Prompted("first", [0, 0], 3, Sampling()))
    if not (sequences.step() and sequences.step()):
        raise ValueError("no token came")
    sequences.reset()
    return sequences


def _against(network: Any, batching: str) -> str:
    config = network.config.get_text_config()
    rules = [name for name in OF_A_CALL if getattr(network.generation_config, name, None)]
    attention = network.config._attn_implementation
    table = (
        (batching == "batched", "engine_options.batching says so"),
        (network.config.is_encoder_decoder, "an encoder-decoder reads its whole input first"),
        (getattr(network, "_is_stateful", False), "its state is not kept token by token"),
        (config is not network.config, "it takes more than text"),
        (bool(rules), f"its generation_config.json has {', '.join(rules)}"),
        (attention != ATTENTION and "flash" not in attention, f"attn_implementation is {attention}"),
    )
    return next((words for holds, words in table if holds), "")

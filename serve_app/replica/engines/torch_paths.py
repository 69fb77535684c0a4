"""Which of the two ways a model writes its answers: in a running batch where that works for it, else batch by batch."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from serve_app.config.schema import Model
from serve_app.replica.engines.torch_adapters import Adapters
from serve_app.replica.engines.torch_continuous import ContinuousSequences
from serve_app.replica.engines.torch_options import TorchOptions
from serve_app.replica.engines.torch_room import Room, room_for
from serve_app.replica.engines.torch_rows import MatcherOf
from serve_app.tasks.sequences import Prompted, Sampling, Sequences, Tops

logger = logging.getLogger(__name__)

ATTENTION = "sdpa"
# So far may the scores of the running batch be from the model's own, in their standard deviations: rounding in half
# precision stays far below.
MOST_APART = 0.25
TRIALS = {"first": (1, 2, 3, 4, 5, 6, 7, 8), "second": (9, 3, 1)}
TOPS = 20
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
    """Tried and not only looked up: two tokens are written, and must be what the model writes alone."""
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
        try:
            return _stepped(made(True), network)
        except MemoryError:
            raise
        except Exception as error:
            logger.debug(f"rows do not look at their own keys: {error}")
    return _stepped(made(False), network)


def _stepped(sequences: ContinuousSequences, network: Any) -> ContinuousSequences:
    """After tokens that follow a prompt and tokens that follow what was kept of it, in company where there is room."""
    texts: dict[str, list[int]] = {}
    for name, trial in TRIALS.items():
        sequence = Prompted(name, [id % network.config.vocab_size for id in trial], 3, Sampling(logprobs=TOPS))
        if not texts or sequences.admits([sequence]):
            sequences.join(sequence)
            texts[name] = list(sequence.prompt)
    for _ in range(2):
        tokens = sequences.step()
        if {token.sequence for token in tokens} != texts.keys():
            raise ValueError("no token came")
        for token in tokens:
            if _apart(network, texts[token.sequence], token.tops) > MOST_APART:
                raise ValueError("there it does not write what it writes alone")
            texts[token.sequence].append(token.id)
    sequences.reset()
    return sequences


def _apart(network: Any, prompt: Sequence[int], tops: Tops) -> float:
    """How far these probabilities are from those of a plain call."""
    with torch.inference_mode():
        scores = network(torch.tensor([prompt], device=network.device), use_cache=False).logits[0, -1].float()
    own = scores.log_softmax(dim=-1)
    apart = sum(abs(float(own[id]) - logprob) for id, logprob in tops) / len(tops)
    return apart / (float(scores.std()) or 1.0)


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

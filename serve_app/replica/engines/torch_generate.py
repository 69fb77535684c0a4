"""Batched `generate` of transformers, one step at a time for whoever follows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from serve_app.replica.engines.torch_call import on_device
from serve_app.replica.engines.torch_features import joined
from serve_app.replica.engines.torch_rows import MatcherOf, Row, choose
from serve_app.tasks.base import OnStep
from serve_app.tasks.sequences import Prompted, Sampling, Token

# Absent, the model's own end tokens would end rows that ask for others, or for none.
NO_END = -1
PLACES = ("image_token_id", "image_token_index", "boi_token_index", "eoi_token_index")
SAMPLING = ("temperature", "top_k", "top_p", "min_p", "typical_p")


def generate(
    network: Any, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep, matcher_of: MatcherOf
) -> list[list[int]]:
    """New tokens of each sequence up to its end; rows do not change each other's tokens."""
    beams, decoder_only = search["num_beams"], not network.config.is_encoder_decoder
    pad = _pad_of(network)
    ids, mask = _batch([sequence.prompt for sequence in sequences], pad, decoder_only, _places_of(network))
    rows = [
        Row(each.id, _own_text(each, network, search), each.sampling, matcher_of(each.sampling)) for each in sequences
    ]
    steps = _Steps(rows, on_step)
    first = sequences[0].sampling
    own = _by_beams(first) if beams > 1 else {"do_sample": False, "eos_token_id": NO_END}
    config = GenerationConfig(**search, **own, max_new_tokens=max(each.at_most for each in sequences), pad_token_id=pad)
    gpus = [network.device] if network.device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus, enabled=own["do_sample"]):
        if own["do_sample"]:
            torch.manual_seed(first.seed)
        written = network.generate(
            ids.to(network.device),
            attention_mask=mask.to(network.device),
            **on_device(network, joined([(len(each.prompt), each.features) for each in sequences])),
            generation_config=config,
            logits_processor=LogitsProcessorList([_Choices(steps)]) if beams == 1 else None,
            stopping_criteria=StoppingCriteriaList([steps]),
        )
    if beams == 1:
        return [[token.id for token in tokens] for tokens in steps.written]
    start = ids.shape[1] if decoder_only else 1
    return [_until_end(row, first.ends, pad) for row in written[:, start:].tolist()]


def _own_text(sequence: Prompted, network: Any, search: Mapping[str, Any]) -> Sequence[int]:
    """What the decoder has before it writes: what an encoder has read is no part of it."""
    if not network.config.is_encoder_decoder:
        return sequence.prompt
    start = search.get("decoder_start_token_id", network.generation_config.decoder_start_token_id)
    return [] if start is None else [start]


def _by_beams(sampling: Sampling) -> dict[str, Any]:
    """Beams weigh whole answers, which transformers does inside; the rows of such a call ask for the same."""
    drawn = {name: getattr(sampling, name) for name in SAMPLING} if sampling.temperature else {}
    return {
        "do_sample": bool(drawn),
        **drawn,
        "min_new_tokens": sampling.min_new_tokens,
        "eos_token_id": sorted(sampling.ends) or NO_END,
    }


def _pad_of(network: Any) -> int:
    own = network.generation_config.pad_token_id
    return int(own if own is not None else network.config.get_text_config().pad_token_id or 0)


def _places_of(network: Any) -> frozenset[int]:
    """The tokens that stand for images, of which there must be none in padding."""
    return frozenset(id for name in PLACES if isinstance(id := getattr(network.config, name, None), int))


def _batch(
    prompts: Sequence[Sequence[int]], pad: int, left: bool, places: frozenset[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(prompt) for prompt in prompts)
    rows, mask = [], []
    for prompt in prompts:
        missing = longest - len(prompt)
        # On the left with the row's own token: the penalties of beams read the ids whatever the mask says,
        # and so find nothing that the prompt itself does not hold.
        own = next((token for token in prompt if token not in places), pad)
        rows.append([*[own] * missing, *prompt] if left else [*prompt, *[pad] * missing])
        mask.append([0] * missing + [1] * len(prompt) if left else [1] * len(prompt) + [0] * missing)
    return torch.tensor(rows), torch.tensor(mask)


def _until_end(tokens: list[int], ends: frozenset[int], pad: int) -> list[int]:
    for index, token in enumerate(tokens):
        if token in ends:
            return tokens[: index + 1]
    # Rows that end without an end token are filled up to the longest.
    while tokens and tokens[-1] == pad:
        tokens = tokens[:-1]
    return tokens


class _Choices(LogitsProcessor):  # type: ignore[misc]
    """Leaves one token in each row: the one that the row itself has chosen."""

    def __init__(self, steps: "_Steps") -> None:
        self._steps = steps

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        chosen = torch.tensor(self._steps.choose(scores), device=scores.device)[:, None]
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)


class _Steps(StoppingCriteria):  # type: ignore[misc]
    """Tells every step's tokens and stops the rows that are done."""

    def __init__(self, rows: Sequence[Row], on_step: OnStep) -> None:
        self.written: list[list[Token]] = [[] for _ in rows]
        self._rows = rows
        self._on_step = on_step
        self._done = [False] * len(rows)
        self._now: list[Token | None] = [None] * len(rows)

    def choose(self, scores: torch.Tensor) -> list[int]:
        """A token for each row; what the rows that are done get does not matter."""
        running = [index for index, done in enumerate(self._done) if not done]
        tokens = choose(scores[running], [self._rows[index] for index in running])
        self._now = [None] * len(self._rows)
        for index, token in zip(running, tokens, strict=True):
            self._now[index] = token
            self.written[index].append(token)
        return [0 if token is None else token.id for token in self._now]

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        for row in self._on_step(self._now):
            self._done[row] = True
        return torch.tensor(self._done, device=input_ids.device).repeat_interleave(len(input_ids) // len(self._done))

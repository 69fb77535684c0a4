"""Batched `generate` of transformers, one step at a time for whoever follows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from serve_app.replica.engines.torch_sampling import draws
from serve_app.tasks.base import OnStep

SAMPLING = ("temperature", "top_k", "top_p", "min_p", "typical_p")


def generate(
    network: Any, prompts: Sequence[Sequence[int]], settings: Mapping[str, Any], on_step: OnStep
) -> list[list[int]]:
    """New tokens of each prompt up to its end; rows do not change each other's tokens."""
    settings = dict(settings)
    seeds, samples, ends = settings.pop("seeds"), settings.pop("do_sample"), settings.pop("eos_token_id")
    sampling = {name: settings.pop(name) for name in SAMPLING if name in settings}
    beams, decoder_only = settings["num_beams"], not network.config.is_encoder_decoder
    pad = _pad_of(network)
    ids, mask = _batch(prompts, pad, left=decoder_only)
    steps = _Steps(len(prompts), ends, on_step)
    options: dict[str, Any] = {
        "stopping_criteria": StoppingCriteriaList([steps]),
        # Beam search draws inside transformers; else every row draws by its own seed.
        "logits_processor": draws(sampling, seeds, network.device) if samples and beams == 1 else None,
    }
    beam_sampling = {"do_sample": True, **sampling} if samples and beams > 1 else {"do_sample": False}
    config = GenerationConfig(**settings, **beam_sampling, pad_token_id=pad, eos_token_id=list(ends) or None)
    gpus = [network.device] if network.device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus, enabled=beam_sampling["do_sample"]):
        if beam_sampling["do_sample"]:
            torch.manual_seed(seeds[0])
        sequences = network.generate(
            ids.to(network.device), attention_mask=mask.to(network.device), generation_config=config, **options
        )
    if beams == 1:
        return steps.tokens
    start = ids.shape[1] if decoder_only else 1
    return [_until_end(row, ends, pad) for row in sequences[:, start:].tolist()]


def _pad_of(network: Any) -> int:
    own = network.generation_config.pad_token_id
    return int(own if own is not None else network.config.get_text_config().pad_token_id or 0)


def _batch(prompts: Sequence[Sequence[int]], pad: int, left: bool) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(prompt) for prompt in prompts)
    rows, mask = [], []
    for prompt in prompts:
        missing = longest - len(prompt)
        # On the left with the row's own token: penalties read the ids whatever the mask says,
        # and so find nothing that the prompt itself does not hold.
        rows.append([*[prompt[0]] * missing, *prompt] if left else [*prompt, *[pad] * missing])
        mask.append([0] * missing + [1] * len(prompt) if left else [1] * len(prompt) + [0] * missing)
    return torch.tensor(rows), torch.tensor(mask)


def _until_end(tokens: list[int], ends: Sequence[int], pad: int) -> list[int]:
    for index, token in enumerate(tokens):
        if token in ends:
            return tokens[: index + 1]
    # Rows that end without an end token are filled up to the longest.
    while tokens and tokens[-1] == pad:
        tokens = tokens[:-1]
    return tokens


class _Steps(StoppingCriteria):  # type: ignore[misc]
    """Tells every step's tokens and stops the rows that are done."""

    def __init__(self, count: int, ends: Sequence[int], on_step: OnStep) -> None:
        self.tokens: list[list[int]] = [[] for _ in range(count)]
        self._ends = frozenset(ends)
        self._on_step = on_step
        self._done = [False] * count

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        beams = len(input_ids) // len(self._done)
        tokens = self._new_tokens(input_ids) if beams == 1 else [None] * len(self._done)
        for row, token in enumerate(tokens):
            if token is not None:
                self.tokens[row].append(token)
                self._done[row] = token in self._ends
        for row in self._on_step(tokens):
            self._done[row] = True
        return torch.tensor(self._done, device=input_ids.device).repeat_interleave(beams)

    def _new_tokens(self, input_ids: torch.Tensor) -> list[int | None]:
        last = input_ids[:, -1].tolist()
        return [None if done else token for done, token in zip(self._done, last, strict=True)]

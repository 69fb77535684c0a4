"""Continuous batching by transformers' own paged cache and scheduler, stepped by our thread instead of theirs.

Their manager would run a thread of its own that ends for good at the first error. Its parts are used one by one:
the batch processor schedules and lays out a batch, the model runs, and each row chooses its own next token.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching.cache_allocators import FULL_ATTENTION
from transformers.generation.continuous_batching.model_runner import ModelRunner
from transformers.generation.continuous_batching.requests import RequestState

from serve_app.replica.engines.torch_adapters import Adapters
from serve_app.replica.engines.torch_device import memory_errors
from serve_app.replica.engines.torch_own_keys import NAME as OWN_KEYS
from serve_app.replica.engines.torch_own_keys import layout_of
from serve_app.replica.engines.torch_room import Room
from serve_app.replica.engines.torch_rows import MatcherOf, Row, choose
from serve_app.tasks.sequences import Prompted, Sequences, Token

# Their scheduler never ends a sequence: whoever asked for it finds its end, and says so.
NO_END = -1


class ContinuousSequences(Sequences):
    """The running batch; a sequence is let in only with room for its whole answer, so that none is ever put out."""

    def __init__(
        self, network: Any, room: Room, adapters: Adapters, matcher_of: MatcherOf, own_keys: bool = False
    ) -> None:
        self._network, self._room, self._matcher_of = network, room, matcher_of
        self._adapters = adapters
        config = ContinuousBatchingConfig(
            page_size=room.page_tokens,
            num_blocks=room.pages,
            max_batch_tokens=room.step_tokens,
            max_requests_per_batch=room.sequences,
            safety_margin=0.0,
            use_async_batching=False,
        )
        greedy = GenerationConfig(do_sample=False, eos_token_id=NO_END, pad_token_id=0)
        manager = network.init_continuous_batching(generation_config=greedy, continuous_batching_config=config)
        self._processor = manager._create_batch_processor()
        self._runner = self._processor.model_runner = _Runner(self._processor, own_keys)
        self._rows: dict[str, Row] = {}
        self._pages: dict[str, int] = {}
        self._read_under = adapters.current

    @property
    def capacity(self) -> int:
        return self._room.pages * self._room.page_tokens

    def holds(self, sequences: Sequence[Prompted]) -> bool:
        needed = sum(self._pages_of(sequence) for sequence in sequences)
        return needed <= self._room.pages and len(sequences) <= self._room.sequences

    def admits(self, sequences: Sequence[Prompted]) -> bool:
        if self._rows and any(sequence.adapter != self._adapters.current for sequence in sequences):
            return False
        needed = sum(self._pages_of(sequence) for sequence in sequences)
        taken = sum(self._pages.values())
        return taken + needed <= self._room.pages and len(self._rows) + len(sequences) <= self._room.sequences

    def join(self, sequence: Prompted) -> None:
        row = Row(sequence.id, sequence.prompt, sequence.sampling, self._matcher_of(sequence.sampling))
        self._adapters.use(sequence.adapter)
        if sequence.adapter != self._read_under:
            # What was read under other weights is no beginning of this one; who last used an adapter may have been
            # a call of its own, which reads nothing into this cache.
            self._processor.cache.evict_cached_blocks()
            self._read_under = sequence.adapter
        self._pages[sequence.id] = self._pages_of(sequence)
        self._rows[sequence.id] = row
        state = RequestState(
            sequence.id, list(sequence.prompt), max_new_tokens=sequence.at_most + 1, eos_token_id=NO_END
        )
        self._processor.scheduler.add_waiting_request(state)

    def leave(self, id: str) -> None:
        if self._rows.pop(id, None) is not None:
            del self._pages[id]
            self._processor.scheduler.set_request_cancellation(id)
            self._processor.scheduler.clear_cancelled_requests()

    def step(self) -> Sequence[Token]:
        processor = self._processor
        with torch.inference_mode(), memory_errors():
            if not processor.prepare_next_batch():
                return []
            processor._generation_step(self._network)
            batch = processor.inputs_and_outputs.requests_in_batch
            ids = [future.state.request_id for future in batch if future.has_new_token]
            tokens = choose(self._runner.logits[: len(ids)], [self._rows[id] for id in ids])
            self._runner.tell([token.id for token in tokens])
            processor.update_batch()
        return tokens

    def reset(self) -> None:
        self._rows.clear()
        self._pages.clear()
        self._processor.reset()
        self._processor.cache.evict_cached_blocks()

    def _pages_of(self, sequence: Prompted) -> int:
        return math.ceil((len(sequence.prompt) + sequence.at_most + 1) / self._room.page_tokens)


class _Runner(ModelRunner):  # type: ignore[misc]
    """Runs the model and stops at its scores: choosing tokens is nothing that a captured graph could repeat."""

    def __init__(self, processor: Any, own_keys: bool) -> None:
        theirs = processor.model_runner
        self._own_keys = own_keys
        if own_keys:
            # A mask over the keys of all rows is what they use, and it takes its time to make.
            processor.inputs_and_outputs.attention_mask = None
        super().__init__(
            logit_processor=theirs.logit_processor,
            cb_config=theirs.cb_config,
            inputs_and_outputs=theirs.inputs_and_outputs,
            cache=theirs.cache,
            do_sample=False,
            return_logprobs=False,
        )
        self.logits = torch.empty(0)

    def tell(self, tokens: Sequence[int]) -> None:
        """The chosen tokens, where the scheduler looks for them."""
        self.inputs_and_outputs.output_ids[0, : len(tokens)] = torch.tensor(tokens, dtype=torch.int32)

    def _forward_process_and_sample(self, model: Any, batch_data: Any, *others: Any) -> None:
        logits = self._run(model, batch_data).logits
        if "logits_to_keep" not in batch_data:
            logits = logits[:, batch_data["logits_indices"], :]
        if self.logits.shape[-1] != logits.shape[-1]:
            # One place for all steps: a captured graph writes where it wrote when it was captured.
            most = self.cb_config.max_requests_per_batch
            self.logits = torch.empty((most, logits.shape[-1]), dtype=torch.float32, device=logits.device)
        self.logits[: logits.shape[1]].copy_(logits[0])

    def _run(self, model: Any, batch_data: Any) -> Any:
        if not self._own_keys:
            return model(**batch_data)
        kinds = batch_data["cu_seq_lens_k"]
        if kinds.keys() != {FULL_ATTENTION}:
            # Some models have a sliding window in their mask alone, which nothing here would tell of.
            raise ValueError("not every layer looks at all that was written")
        keys = kinds[FULL_ATTENTION]
        [reads] = batch_data["read_index"]
        batch_data["layout"] = layout_of(batch_data["cu_seq_lens_q"].tolist(), keys.tolist(), reads)
        attention = model.config._attn_implementation
        model.config._attn_implementation = OWN_KEYS
        try:
            return model(**batch_data)
        finally:
            model.config._attn_implementation = attention

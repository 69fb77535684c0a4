"""transformers' continuous batching manager with nothing around it."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.generators.load import Ask, Fault
from benchmarks.generators.room import PAGE_TOKENS, PAGES, SEQUENCES, STEP_TOKENS
from benchmarks.generators.workload import Asked


@asynccontextmanager
async def bare_manager(folder: Path, device: str) -> AsyncIterator[Ask]:
    """One manager; each request hears its tokens one by one on this loop."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, logging  # noqa: PLC0415
    from transformers.generation.configuration_utils import ContinuousBatchingConfig  # noqa: PLC0415

    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto").to(device)
    manager = model.init_continuous_batching(
        generation_config=GenerationConfig(do_sample=False, eos_token_id=-1, pad_token_id=0),
        continuous_batching_config=ContinuousBatchingConfig(
            page_size=PAGE_TOKENS,
            num_blocks=PAGES,
            max_batch_tokens=STEP_TOKENS,
            max_requests_per_batch=SEQUENCES,
        ),
    )
    manager.start()
    try:
        yield _Manager(manager, AutoTokenizer.from_pretrained(folder))
    finally:
        manager.stop(block=True, timeout=10)


class _Manager:
    def __init__(self, manager: Any, tokenizer: Any) -> None:
        self._manager, self._tokenizer = manager, tokenizer
        self._ids = itertools.count()

    async def __call__(self, asked: Asked) -> AsyncGenerator[int, None]:
        prompt, id = self._tokenizer(asked.prompt)["input_ids"], str(next(self._ids))
        arrived: asyncio.Queue[Any] = asyncio.Queue()
        self._manager.register_result_handler(id, arrived.put_nowait)
        told, finished = 0, False
        try:
            self._manager.add_request(prompt, request_id=id, max_new_tokens=asked.tokens, streaming=True)
            while not finished:
                output = await arrived.get()
                if output.error is not None:
                    raise Fault(output.error)
                tokens, finished = len(output.generated_tokens), output.is_finished()
                if tokens > told:
                    yield tokens - told
                told = tokens
        finally:
            if not finished:
                self._manager.cancel_request(id)

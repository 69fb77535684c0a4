"""An engine without weights: deterministic, and as slow, faulty or deadly as a test wants it."""

import os
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.replica.engines import base
from serve_app.replica.engines.stub_outputs import (
    CROSSED,
    HIDDEN,
    LABELS,
    OTHER_LABELS,
    OUTPUTS,
    Compute,
    Cross,
    painted,
)
from serve_app.replica.engines.stub_processing import step_of
from serve_app.replica.engines.stub_readers import StubFeatureExtractor, StubImageProcessor, StubProcessor
from serve_app.replica.engines.stub_sequences import StubSequences
from serve_app.replica.engines.stub_tokenizer import EOS, MASK, PAD, TABLE_NUMBERS, StubTokenizer
from serve_app.tasks.base import Arrays, Gone, OnStep, Task
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Prompted, Sequences, Token

# What images and sounds become; what stands beside them is text about them.
FILES = ("pixel_values", "input_values", "input_features")
# What a call made of images, for the forwards that ask about them: it has done what their marks say.
SEEN = "image_embeddings"


class Options(base.Options):
    """What the stub is told to do; a mark is a word in an input that triggers something."""

    load_s: float = Field(0, ge=0, description="Seconds that loading takes")
    load_fails: str = Field("", description="The reason with which loading fails; empty when it does not")
    forward_s: float = Field(0, ge=0, description="Seconds of every forward")
    row_s: float = Field(0, ge=0, description="Seconds of a forward for each of its rows")
    step_s: float = Field(0, ge=0, description="Seconds of every step of a generation")
    slow_s: float = Field(1, ge=0, description="Seconds that a batch takes longer when a row holds slow_on")
    slow_on: str = Field("[slow]", min_length=1, description="The mark that makes its batch slow")
    fail_on: str = Field("[fail]", min_length=1, description="The mark that makes its batch raise")
    hang_on: str = Field("[hang]", min_length=1, description="The mark that makes its batch never end")
    die_on: str = Field("[die]", min_length=1, description="The mark that ends the process")
    oom_above_rows: int | None = Field(None, ge=0, description="Batches with more rows than this run out of memory")
    continuous: bool = Field(True, description="Whether causal models write in a running batch")
    cache_tokens: int = Field(1_000_000, ge=1, description="Tokens that the running batch holds at most")
    max_tokens: int = Field(4096, ge=8, description="Tokens, which are bytes here, that input and output may have")


class StubEngine(base.LoadedEngine):
    """Outputs depend on a row's own tokens alone; the tokens are the bytes of the text."""

    Options = Options

    def __init__(self) -> None:
        self._options = Options()
        self._max_input_tokens = 0
        self._sequences: Sequences | None = None
        self._outputs: Mapping[str, Compute] = {}
        self._crossed: Mapping[str, Cross] = {}
        angles = np.outer(np.arange(MASK + 1, dtype=np.float64) + 1, np.arange(HIDDEN) + 1)
        # Whole numbers: their sums are the same in any order, and so with any padding.
        self._table: NDArray[np.int64] = np.round(1000 * np.sin(angles)).astype(np.int64)

    def load(self, model: Model, task: Task) -> Kit:
        self._options = options = base.options_of(type(self), model)
        time.sleep(options.load_s)
        if options.load_fails:
            raise ModelCannotLoad(options.load_fails)
        self._max_input_tokens = min(model.limits.max_input_tokens or options.max_tokens, options.max_tokens)
        self._outputs = OUTPUTS.get(task.name) or OUTPUTS.get(task.auto_model, {})
        self._crossed = CROSSED.get(task.name, {})
        if task.auto_model == "AutoModelForCausalLM" and options.continuous:
            self._sequences = StubSequences(options.cache_tokens, self._welcome, self._step_done)
        labels = OTHER_LABELS.get(task.name, LABELS)
        tokenizer = StubTokenizer()
        # An encoder-decoder's output does not share the room of its input.
        writes_apart = task.auto_model == "AutoModelForSeq2SeqLM"
        return Kit(
            tokenizer=tokenizer,
            max_input_tokens=self._max_input_tokens,
            max_total_tokens=options.max_tokens + (self._max_input_tokens if writes_apart else 0),
            config={
                "id2label": dict(enumerate(labels)),
                "label2id": {"NEGATIVE": 0, "POSITIVE": 1, "entailment": 1},
                "num_labels": len(labels),
                "hidden_size": HIDDEN,
                "vocab_size": len(tokenizer),
                "type_vocab_sizes": [256] * TABLE_NUMBERS,
                "num_aggregation_labels": 4,
                "aggregation_labels": {0: "NONE", 1: "SUM", 2: "AVERAGE", 3: "COUNT"},
                "no_aggregation_label_index": 0,
            },
            pad_values={"input_ids": PAD},
            image_processor=(processor := StubImageProcessor()),
            processor=StubProcessor(processor) if "processor" in task.reads else None,
            post_process=step_of(processor),
            feature_extractor=StubFeatureExtractor(),
            max_pixels=model.limits.max_pixels,
            max_sound_s=model.limits.max_sound_s,
        )

    def card(self) -> base.Card:
        return base.Card("float32", "cpu", "stub", self._max_input_tokens, self._table.size)

    def forward(self, arrays: Arrays, outputs: Collection[str], positions: NDArray[np.int64] | None = None) -> Arrays:
        began = time.perf_counter()
        files = [_numbers(arrays[name]) for name in FILES if name in arrays]
        texts = arrays.get("input_ids")
        ids = files[0] if files else texts if texts is not None else _numbers(next(iter(arrays.values())))
        if SEEN not in arrays:
            self._obey(ids, len(ids), began)
        hidden = self._hidden(ids, arrays if not files else {})
        told = {name: compute(hidden).astype(np.float32) for name, compute in self._outputs.items() if name in outputs}
        if texts is not None and files:
            others = self._hidden(texts, arrays)
            told |= {name: cross(hidden, others).astype(np.float32) for name, cross in self._crossed.items()}
        if positions is not None:
            rows = np.arange(len(positions))[:, None]
            told = {name: array[rows, positions] for name, array in told.items()}
        return told

    def _hidden(self, ids: NDArray[Any], arrays: Arrays) -> NDArray[np.int64]:
        mask: NDArray[np.int64] = np.asarray(arrays.get("attention_mask", ids != PAD), dtype=np.int64)
        return np.asarray(self._table[ids] * mask[:, :, None])

    def call(
        self, method: str, arrays: Arrays, settings: Mapping[str, Any], on_step: Gone, seed: int | None = None
    ) -> dict[str, Any]:
        """Whatever the method, what was seen or heard comes back as the bytes that stand for it."""
        began = time.perf_counter()
        ids = next(_numbers(arrays[name]) for name in (*FILES, *arrays) if name in arrays)
        self._obey(ids, len(ids), began)
        for _ in range(ids.shape[1]):
            _sleep_until(time.perf_counter() + self._options.step_s)
            on_step()
        if method == "paint":
            return {"output": painted(ids, settings)}
        likely = {"logprobs": np.zeros(ids.shape)} if settings.get("output_logits") else {}
        return {"output": ids, **likely}

    def generate(self, sequences: Sequence[Prompted], search: Mapping[str, Any], on_step: OnStep) -> list[list[int]]:
        """Every prompt is said again, as far as its limit goes, and ends with the end token."""
        began = time.perf_counter()
        prompts = [sequence.prompt for sequence in sequences]
        self._obey(np.asarray([token for prompt in prompts for token in (*prompt, PAD)]), len(prompts), began)
        answers: list[list[int]] = [[] for _ in prompts]
        running = set(range(len(prompts)))
        for step in range(max(sequence.at_most for sequence in sequences)):
            _sleep_until(time.perf_counter() + self._options.step_s)
            tokens: list[Token | None] = [None] * len(prompts)
            for row in list(running):
                token = prompts[row][step] if step < len(prompts[row]) else EOS
                tokens[row] = Token(sequences[row].id, token)
                answers[row].append(token)
                if token == EOS:
                    running.discard(row)
            running -= on_step(tokens)
            if not running:
                break
        return answers

    def sequences(self) -> Sequences | None:
        return self._sequences

    def _welcome(self, prompts: Sequence[Sequence[int]], rows: int) -> None:
        ids = np.asarray([token for prompt in prompts for token in (*prompt, PAD)], dtype=np.int64)
        self._obey(ids, rows, time.perf_counter(), len(prompts))

    def _step_done(self) -> None:
        _sleep_until(time.perf_counter() + self._options.step_s)

    def _obey(self, ids: NDArray[Any], rows: int, began: float, new: int | None = None) -> None:
        options = self._options
        text = ids.astype(np.uint8).tobytes()
        if options.die_on.encode() in text:
            os._exit(1)
        if options.hang_on.encode() in text:
            threading.Event().wait()
        if options.oom_above_rows is not None and rows > options.oom_above_rows:
            raise MemoryError
        slow_s = options.slow_s if options.slow_on.encode() in text else 0.0
        busy_s = options.forward_s + options.row_s * rows if new is None or new else 0.0
        _sleep_until(began + busy_s + slow_s)
        if options.fail_on.encode() in text:
            raise RuntimeError("the stub was told to fail")


def _numbers(values: NDArray[Any]) -> NDArray[np.int64]:
    """Pixels and samples as the bytes that the stub takes for tokens."""
    return np.asarray(np.clip(values.reshape(len(values), -1), 0, 255), dtype=np.int64)


def _sleep_until(moment: float) -> None:
    while (left_s := moment - time.perf_counter()) > 0:
        time.sleep(left_s)

"""The stub engine: what it answers, and that it misbehaves exactly as told."""

import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from serve_app.config.schema import Model
from serve_app.errors import ModelCannotLoad
from serve_app.replica import engines
from serve_app.replica.engines.stub import StubEngine
from serve_app.replica.engines.stub_tokenizer import EOS, MASK, PAD, StubTokenizer
from serve_app.tasks import TASKS
from serve_app.tasks.base import Arrays
from serve_app.tasks.kit import Kit
from serve_app.tasks.sequences import Prompted, Sampling
from serve_app.tasks.text.encoding import decode, encode


def loaded(task: str = "text-classification", limit: int | None = None, **options: Any) -> tuple[StubEngine, Kit]:
    engine = StubEngine()
    model = Model.model_validate(
        {"name": "m", "hf_model_name": "x", "engine_options": options, "limits": {"max_input_tokens": limit}}
    )
    return engine, engine.load(model, TASKS[task])


def batch(kit: Kit, *texts: str) -> Arrays:
    lines = [np.array(ids) for ids in encode(kit.tokenizer, texts)]
    ids = kit.pad("input_ids", lines)
    return {"input_ids": ids, "attention_mask": (ids != PAD).astype(np.int64)}


def prompted(at_most: int, *prompts: list[int]) -> list[Prompted]:
    return [Prompted(str(number), prompt, at_most, Sampling()) for number, prompt in enumerate(prompts)]


def test_the_table_finds_engines_by_name() -> None:
    assert tuple(engines.ENGINES) == ("torch", "stub")
    assert engines.find("stub") is StubEngine
    with pytest.raises(KeyError):
        engines.find("sub")


def test_nothing_heavy_is_imported() -> None:
    code = """
import sys
from serve_app.replica import engines, executors, stream
engines.find("stub")
assert not {"torch", "transformers", "ray"} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("text", ["plain", "größer 東京", "👩‍👩‍👧 e\u0301", "عربي", "\x00\n"])
def test_every_byte_is_a_token(text: str) -> None:
    tokenizer = StubTokenizer()
    [ids] = encode(tokenizer, [text])
    assert ids == list(text.encode())
    assert decode(tokenizer, ids) == text
    assert decode(tokenizer, [*ids, EOS]) == text
    assert len(tokenizer) == MASK + 1


def test_outputs_depend_on_the_row_alone() -> None:
    texts = ["a", "some words", "others, and rather more of them"]
    for task, name, shape in (
        ("text-classification", "logits", (3, 2)),
        ("feature-extraction", "last_hidden_state", (3, 31, 8)),
    ):
        engine, kit = loaded(task)
        together = engine.forward(batch(kit, *texts), (name,))[name]
        assert together.shape == shape
        assert together.dtype == np.float32
        for index, text in enumerate(texts):
            alone = engine.forward(batch(kit, text), (name,))[name][0]
            assert (alone == (together[index] if len(shape) == 2 else together[index, : len(text)])).all()
        assert len({str(row.tolist()) for row in together}) == 3


def test_only_the_places_asked_for_come_back() -> None:
    engine, kit = loaded("feature-extraction")
    whole = engine.forward(batch(kit, "some", "words"), ("last_hidden_state",))["last_hidden_state"]
    some = engine.forward(batch(kit, "some", "words"), ("last_hidden_state",), np.array([[1, 3], [0, 4]]))
    assert (some["last_hidden_state"] == [whole[0, [1, 3]], whole[1, [0, 4]]]).all()


def test_generate_says_the_prompt_again() -> None:
    engine, _ = loaded("text-generation")
    steps: list[list[int | None]] = []

    def on_step(tokens: Any) -> frozenset[int]:
        steps.append([token and token.id for token in tokens])
        return frozenset()

    assert engine.generate(prompted(4, [1, 2], [3, 4, 5, 6]), {}, on_step) == [[1, 2, EOS], [3, 4, 5, 6]]
    assert steps == [[1, 3], [2, 4], [EOS, 5], [None, 6]]


def test_generate_stops_the_rows_it_is_told_to_stop() -> None:
    engine, _ = loaded("text-generation")
    assert engine.generate(prompted(9, [1, 2], [3, 4]), {}, lambda _: frozenset({1})) == [[1, 2, EOS], [3]]


def test_limits_follow_the_config_and_the_kind_of_model() -> None:
    _, kit = loaded("text-generation", limit=50, max_tokens=100)
    assert (kit.max_input_tokens, kit.max_total_tokens) == (50, 100)
    _, kit = loaded("text2text-generation", limit=50, max_tokens=100)
    assert (kit.max_input_tokens, kit.max_total_tokens) == (50, 150)
    engine, kit = loaded(limit=5000, max_tokens=100)
    assert kit.max_input_tokens == 100
    assert engine.card()[:4] == ("float32", "cpu", "stub", 100)


def test_time_is_spent_as_told() -> None:
    engine, kit = loaded(forward_s=0.01, row_s=0.002, slow_s=0.05)
    engine_times = []
    for texts in (["a"], ["a"] * 5, ["a", "[slow]"]):
        began = time.perf_counter()
        engine.forward(batch(kit, *texts), ("logits",))
        engine_times.append(time.perf_counter() - began)
    assert 0.012 <= engine_times[0] < 0.1
    assert 0.020 <= engine_times[1] < 0.1
    assert 0.064 <= engine_times[2] < 0.2


def test_loading_takes_its_time_or_fails() -> None:
    began = time.perf_counter()
    loaded(load_s=0.03)
    assert time.perf_counter() - began >= 0.03
    with pytest.raises(ModelCannotLoad, match=r"^the file is cut off$"):
        loaded(load_fails="the file is cut off")


def test_marks_fail_and_memory_ends() -> None:
    engine, kit = loaded(fail_on="BAD", oom_above_rows=2)
    with pytest.raises(RuntimeError, match="the stub was told to fail"):
        engine.forward(batch(kit, "good", "so BAD"), ())
    with pytest.raises(RuntimeError, match="the stub was told to fail"):
        engine.generate(prompted(1, *encode(kit.tokenizer, ["BAD"])), {}, lambda _: frozenset())
    with pytest.raises(MemoryError):
        engine.forward(batch(kit, "a", "b", "c"), ())
    assert engine.forward(batch(kit, "[fail]", "b"), ("logits",))["logits"].shape == (2, 2)


def test_a_mark_hangs() -> None:
    engine, kit = loaded()
    thread = threading.Thread(target=engine.forward, args=(batch(kit, "[hang]"), ()), daemon=True)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()


def test_a_mark_ends_the_process() -> None:
    code = """
from tests.replica.test_stub import batch, loaded
engine, kit = loaded()
engine.forward(batch(kit, "please [die] now"), ())
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1


def test_options_are_checked() -> None:
    with pytest.raises(ValidationError, match="forward_seconds"):
        loaded(forward_seconds=1)
    assert all(field.description for field in StubEngine.Options.model_fields.values())

"""Each row looks at its own keys: the same scores as the library's way, over prompts in pieces, and who falls back."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from serve_app.replica.engines import torch_paths
from serve_app.replica.engines.torch_own_keys import layout_of
from serve_app.tasks.sequences import Prompted, Sampling
from tests.engines.test_continuous import loaded, plain, prompts, running, write
from tests.tiny_models.base import save, seed
from tests.tiny_models.tokenizers import byte_level


def scores_of(folder: Path, wanted: list[list[int]], steps: int) -> list[dict[str, Any]]:
    """Every step's scores by sequence; a new sequence joins at each second step."""
    engine = loaded(folder, engine_options={"cache_tokens": 8192})
    sequences: Any = running(engine)
    waiting = [Prompted(str(number), prompt, steps, Sampling()) for number, prompt in enumerate(wanted)]
    told = []
    for step in range(steps):
        if step % 2 == 0 and waiting:
            sequences.join(waiting.pop(0))
            if waiting:
                sequences.join(waiting.pop(0))
        tokens = sequences.step()
        logits = sequences._runner.logits[: len(tokens)].clone()
        told.append({token.sequence: row for token, row in zip(tokens, logits, strict=True)})
    engine.close()
    return told


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_scores_are_those_of_the_librarys_way(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    wanted = [*prompts(9, seed=3), [random.Random(4).randrange(256) for _ in range(900)], [65]]
    ours = scores_of(folders[name], [prompt[:100] for prompt in wanted], 12)
    monkeypatch.setattr(torch_paths, "_tried", lambda made, network: torch_paths._stepped(made(False), network))
    theirs = scores_of(folders[name], [prompt[:100] for prompt in wanted], 12)
    assert [step.keys() for step in ours] == [step.keys() for step in theirs]
    for step, other in zip(ours, theirs, strict=True):
        for sequence, scores in step.items():
            torch.testing.assert_close(scores, other[sequence], atol=1e-4, rtol=1e-4)


def test_a_prompt_longer_than_a_step_is_read_in_pieces(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve_app.replica.engines.torch_room.STEP_TOKENS", 40)
    long = [random.Random(4).randrange(256) for _ in range(110)]
    [*_, last] = scores_of(folders["llama"], [long], 4)
    engine = loaded(folders["llama"])
    with torch.inference_mode():
        tokens: list[int] = engine._loaded.network.generate(
            torch.tensor([long]), do_sample=False, max_new_tokens=2, min_new_tokens=2
        )[0, 110:].tolist()
        expected = engine._loaded.network(torch.tensor([[*long, tokens[0]]])).logits[0, -1]
    torch.testing.assert_close(last["0"], expected, atol=1e-4, rtol=1e-4)


def test_rows_of_like_lengths_go_together() -> None:
    """Queries of one token with 3, 4 and 40 keys, and a piece of a prompt of two tokens with five keys."""
    reads = torch.arange(1000, 1052)
    layout = layout_of([0, 1, 2, 3, 5], [0, 3, 7, 47, 52], reads)
    short, long = layout.together
    assert short.queries.tolist() == [0, 1] and long.queries.tolist() == [2]
    assert short.reads.tolist() == [1000, 1001, 1002, 1000, 1003, 1004, 1005, 1006]
    assert short.mask[:, 0, 0].tolist() == [[True, True, True, False], [True] * 4]
    [piece] = layout.prompts
    assert piece.reads is not None and piece.reads.tolist() == [1047, 1048, 1049, 1050, 1051]
    assert piece.mask is not None
    assert piece.mask.tolist() == [[True, True, True, True, False], [True] * 5]


def test_a_kind_of_attention_that_it_does_not_know_runs_the_librarys_way(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve_app.replica.engines.torch_own_keys.UNKNOWN", ("cu_seq_lens_q",))
    engine = loaded(folders["llama"])
    sequences: Any = engine.sequences()
    assert sequences is not None and not sequences._runner._own_keys
    engine.close()


@pytest.mark.parametrize("window", [None, 16])
def test_a_window_in_the_mask_alone_is_the_librarys_to_do(tmp_path: Path, window: int | None) -> None:
    """This model does not tell its attention of it."""
    from transformers import PhimoeConfig, PhimoeForCausalLM

    seed()
    config = PhimoeConfig(
        vocab_size=257,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_local_experts=2,
        max_position_embeddings=128,
        sliding_window=window,
        initializer_range=0.3,
    )
    engine = loaded(save(tmp_path, PhimoeForCausalLM(config), byte_level()))
    sequences: Any = running(engine)
    assert sequences._runner._own_keys == (window is None)
    prompt = [random.Random(5).randrange(256) for _ in range(40)]
    assert write(sequences, [Prompted("x", prompt, 8, Sampling())]) == {"x": plain(engine, prompt, 8)}
    engine.close()


def test_a_model_that_writes_something_else_in_a_running_batch_gets_none(tmp_path: Path) -> None:
    """This decoder finds its places in the cache of `generate`, and nowhere else."""
    from transformers import BartConfig, BartForCausalLM

    seed()
    config = BartConfig(
        vocab_size=257,
        d_model=32,
        encoder_layers=2,
        encoder_attention_heads=4,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=64,
        max_position_embeddings=128,
        init_std=0.4,
        is_decoder=True,
        is_encoder_decoder=False,
        forced_eos_token_id=None,
    )
    engine = loaded(save(tmp_path, BartForCausalLM(config), byte_level()))
    assert engine.sequences() is None
    assert "does not write what it writes alone" in engine.card().batching
    engine.close()

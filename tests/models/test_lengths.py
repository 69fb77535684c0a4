"""How long an input may be, as the configurations of real families say it."""

from typing import Any

import pytest

from serve_app.models.lengths import max_tokens


@pytest.mark.parametrize(
    ("config", "tokenizer_limit", "expected"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512, "pad_token_id": 0}, 512, 512),
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512, 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}, None, 512),
        ({"model_type": "gpt2", "n_positions": 1024}, 1024, 1024),
        ({"model_type": "phi", "max_position_embeddings": 2048}, 10**30, 2048),
        ({"model_type": "t5", "n_positions": 512}, 10**30, 512),
        ({"model_type": "t5"}, 256, 256),
        ({"model_type": "t5"}, 10**30, 512),
        ({"model_type": "mamba"}, None, 512),
    ],
)
def test_families(config: dict[str, Any], tokenizer_limit: int | None, expected: int) -> None:
    assert max_tokens(config, tokenizer_limit) == expected


def test_robertas_last_position_is_where_we_say() -> None:
    """The model itself takes that many tokens and not one more."""
    import torch
    from transformers import RobertaConfig, RobertaModel

    config = RobertaConfig(
        vocab_size=10,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=20,
    )
    model = RobertaModel(config).eval()
    limit = max_tokens(config.to_dict(), None)
    assert limit == 18
    model(torch.full((1, limit), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(torch.full((1, limit + 1), 5))

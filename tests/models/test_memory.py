"""What a replica will need, told from files alone, against what torch takes in the end."""

import json
from pathlib import Path
from typing import Any

import pytest

from serve_app.models.contents import look
from serve_app.models.memory import RUNTIME_BYTES, need


def _set(folder: Path, **settings: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **settings}))


@pytest.mark.parametrize(
    ("kwargs", "config", "dtype", "bytes_each"),
    [
        ({}, {"dtype": "float32"}, "float32", 4),
        ({}, {"dtype": None}, "float32", 4),
        ({}, {"dtype": "bfloat16"}, "bfloat16", 2),
        ({"dtype": "float16"}, {}, "float16", 2),
        ({"torch_dtype": "torch.bfloat16"}, {}, "bfloat16", 2),
        ({"dtype": "auto"}, {"dtype": "float16"}, "float16", 2),
        ({"dtype": "float64"}, {}, "float64", 8),
    ],
)
def test_memory_is_told_as_torch_takes_it(
    folder: Path, kwargs: dict[str, Any], config: dict[str, Any], dtype: str, bytes_each: int
) -> None:
    from transformers import AutoModelForSequenceClassification

    _set(folder, **config)
    told = need(look(folder, kwargs), kwargs)
    given = {name: str(value).removeprefix("torch.") for name, value in kwargs.items()}
    network = AutoModelForSequenceClassification.from_pretrained(folder, **given)
    parameters = list(network.parameters())
    count = sum(parameter.numel() for parameter in parameters)
    assert told.parameters == count
    assert told.weights_bytes == sum(parameter.nbytes for parameter in parameters) == count * bytes_each
    assert told.dtype == dtype == str(network.dtype).removeprefix("torch.")


def test_pickles_are_not_opened_to_be_counted(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"x" * 1000)
    kwargs = {"use_safetensors": False}
    assert need(look(folder, kwargs), kwargs) == (None, "as pickled", 1000, RUNTIME_BYTES)

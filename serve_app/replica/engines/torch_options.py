"""What an operator may say to the PyTorch engine."""

from typing import Literal

from pydantic import Field

from serve_app.replica.engines import base


class TorchOptions(base.Options):
    """How causal models write."""

    batching: Literal["auto", "continuous", "batched"] = Field(
        "auto", description="continuous lets prompts join the running batch; auto takes it where the model can"
    )
    cache_tokens: int | None = Field(
        None, ge=64, description="Tokens that all running prompts and answers may hold; by default what memory allows"
    )

"""Weights that let a small decoder look back and copy from its first step: to find that by itself takes it millions.

Heads of the first layer look at the words just before and note them; those of the second seek places that follow the
same words; and what a later layer looks at, it proposes as the next word. Training moves all of this freely.
"""

from typing import Any

import torch
from torch import Tensor

_LOUD, _QUIET = 0.5, 0.3
_SHARPNESS = 9.0
_SEEKING = 1.2
_NOTED, _COPIED = 0.5, 2.0
_SLOW = 0.01


def give_head_start(model: Any) -> None:
    """Set the weights of a Llama whose attention has biases, whose heads share no keys and whose output is not tied."""
    attentions = [layer.self_attn for layer in model.model.layers]
    scale = model.config.initializer_range
    with torch.no_grad():
        for layer in model.model.layers:
            layer.mlp.down_proj.weight *= _QUIET
            layer.self_attn.o_proj.weight *= _QUIET
            layer.self_attn.q_proj.weight *= _LOUD
            layer.self_attn.k_proj.weight *= _LOUD
        _look_back(attentions[0], attentions[1], _turning(model.config), scale)
        turned = _orthogonal(model.config.hidden_size)
        model.lm_head.weight.copy_(model.model.embed_tokens.weight @ turned)
        for attention in attentions[1:]:
            width, hidden = attention.v_proj.weight.shape
            mixed = torch.cat([_orthogonal(hidden) for _ in range(width // hidden)])
            attention.v_proj.weight.copy_(mixed)
            attention.o_proj.weight.copy_((mixed @ turned).T * scale * _COPIED)


def _look_back(noting: Any, seeking: Any, turning: Tensor, scale: float) -> None:
    """Head by head: the one notes the word so many places back, the other seeks where what it has itself was noted.

    What is sought must not turn with the distance, so that it lives in the dimensions that turn slowly.
    """
    size = noting.head_dim
    width, wide = noting.v_proj.weight.shape
    half = size // 2
    slow = (turning < _SLOW).nonzero().squeeze(1)
    places = torch.cat([slow, slow + half])
    had = word = _orthogonal(wide)[: len(places)]
    for back, start in enumerate(range(0, width, size), start=1):
        head, rows = slice(start, start + size), start + torch.arange(len(places))
        noting.k_proj.bias[head] = torch.cat([torch.full((half,), _SHARPNESS), torch.zeros(half)])
        noting.q_proj.bias[head] = _SHARPNESS * torch.cat([(back * turning).cos(), -(back * turning).sin()])
        noted = _orthogonal(wide)[: len(places)]
        noting.v_proj.weight[head], noting.o_proj.weight[:, head] = 0.0, 0.0
        noting.v_proj.weight[rows] = word
        noting.o_proj.weight[:, rows] = noted.T * scale * (wide / len(places)) ** 0.5 * _NOTED
        seeking.q_proj.weight[start + places] += had * _SEEKING
        seeking.k_proj.weight[start + places] += noted * _SEEKING
        had = noted


def _turning(config: Any) -> Tensor:
    """By how much each pair of dimensions turns from one place to the next."""
    half = config.head_dim // 2
    base: float = config.rope_parameters["rope_theta"]
    return torch.pow(base, -torch.arange(half) / half)


def _orthogonal(size: int) -> Tensor:
    rows, _ = torch.linalg.qr(torch.randn(size, size))
    return Tensor(rows)

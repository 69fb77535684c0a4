"""Attention for a running batch on a CPU: every row looks at its own keys and at no others.

The library lays all rows side by side and lets each look at the keys of all, behind a mask: with sixteen rows that is
sixteen times the work, and most of a step once there are many.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

NAME = "serve_app_own_keys"
# What some models add to their scores; they keep the library's way.
UNKNOWN = ("position_bias", "softcap", "s_aux", "sliding_window")
# Rows of about one length go together: of what they read, so much may be padding.
PADDING = 0.25


class Together(NamedTuple):
    """Rows with one new token each, padded to the longest of them."""

    queries: Tensor
    """Where their tokens are among those of the step."""
    reads: Tensor
    """Where their keys are in the cache, row after row."""
    mask: Tensor


class Prompt(NamedTuple):
    """A piece of a prompt, with what the cache holds of it already."""

    start: int
    end: int
    reads: Tensor | None
    """None where all of its keys are in this step."""
    mask: Tensor | None


class Layout(NamedTuple):
    """What one step's rows look at: worked out once, and the same for every layer."""

    together: tuple[Together, ...]
    prompts: tuple[Prompt, ...]


def layout_of(queries: Sequence[int], keys: Sequence[int], reads: Tensor) -> Layout:
    """From where each row's tokens and keys begin, with the end of the last; `reads` is empty where nothing is read."""
    single: list[tuple[int, int, int]] = []
    prompts = []
    for row in range(len(queries) - 1):
        start, end, first, last = queries[row], queries[row + 1], keys[row], keys[row + 1]
        if len(reads) == 0:
            prompts.append(Prompt(start, end, None, None))
        elif end - start == 1:
            single.append((last - first, start, first))
        else:
            past = (last - first) - (end - start)
            mask = torch.ones(end - start, last - first, dtype=torch.bool).tril(past) if past else None
            prompts.append(Prompt(start, end, reads[first:last], mask))
    return Layout(tuple(_grouped(sorted(single), reads)), tuple(prompts))


def _grouped(rows: Sequence[tuple[int, int, int]], reads: Tensor) -> Iterator[Together]:
    """Shortest first; a group ends where its padding would be too much."""
    begin = 0
    for end in range(1, len(rows) + 1):
        group = rows[begin : end + 1]
        longest = group[-1][0]
        if end < len(rows) and sum(longest - length for length, _, _ in group) <= PADDING * longest * len(group):
            continue
        yield _together(rows[begin:end], reads)
        begin = end


def _together(rows: Sequence[tuple[int, int, int]], reads: Tensor) -> Together:
    longest = rows[-1][0]
    lengths = torch.tensor([length for length, _, _ in rows])[:, None]
    places = torch.arange(longest)[None]
    real = places < lengths
    # What a row does not have is read from its first key, and masked.
    firsts = torch.tensor([first for _, _, first in rows])[:, None]
    index = reads[(firsts + places * real).flatten()]
    return Together(torch.tensor([start for _, start, _ in rows]), index, real[:, None, None])


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    cache: Any = None,
    layout: Layout | None = None,
    write_index: Sequence[Tensor] = (),
    **more: Any,
) -> tuple[Tensor, None]:
    """One layer: what is new goes into the cache, and each row looks at its own."""
    if layout is None or any(more.get(name) is not None for name in UNKNOWN):
        raise ValueError("this kind of attention is the library's to do")
    keys, values = cache.layer_to_allocator[module.layer_idx]._kv_token_views[module.layer_idx]
    new_keys, new_values = key[0].transpose(0, 1), value[0].transpose(0, 1)
    keys.index_copy_(0, write_index[0], new_keys)
    values.index_copy_(0, write_index[0], new_values)
    heads, width = query.shape[1], value.shape[-1]
    out = query.new_empty(query.shape[2], heads, width)
    for group in layout.together:
        count, shared = len(group.queries), key.shape[1]
        asked = query[0].index_select(1, group.queries).transpose(0, 1).reshape(count, shared, heads // shared, -1)
        own_keys, own_values = _read(keys, group.reads, count), _read(values, group.reads, count)
        found = scaled_dot_product_attention(asked, own_keys, own_values, attn_mask=group.mask, scale=scaling)
        out.index_copy_(0, group.queries, found.reshape(count, heads, width))
    for prompt in layout.prompts:
        part = slice(prompt.start, prompt.end)
        if prompt.reads is None:
            own_keys, own_values = (new[part].transpose(0, 1)[None] for new in (new_keys, new_values))
        else:
            own_keys, own_values = _read(keys, prompt.reads, 1), _read(values, prompt.reads, 1)
        found = scaled_dot_product_attention(
            query[:, :, part],
            own_keys.repeat_interleave(heads // key.shape[1], dim=1),
            own_values.repeat_interleave(heads // key.shape[1], dim=1),
            attn_mask=prompt.mask,
            is_causal=prompt.mask is None,
            scale=scaling,
        )
        out[part] = found[0].transpose(0, 1)
    return out[None], None


def _read(cached: Tensor, index: Tensor, rows: int) -> Tensor:
    """Keys or values by row, head, place."""
    return cached.index_select(0, index).view(rows, -1, *cached.shape[1:]).transpose(1, 2)


AttentionInterface.register(NAME, attend)

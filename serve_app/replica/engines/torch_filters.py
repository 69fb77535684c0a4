"""Which tokens may be drawn, and the draw: for one row of scores, so that company changes nothing."""

import numpy as np
import torch
from torch import Tensor

from serve_app.tasks.sequences import Sampling

# A nucleus is nearly always within so many likeliest tokens, and to find these costs a tenth of sorting all.
LIKELIEST = 1024


def draw(scores: Tensor, sampling: Sampling, point: float) -> int:
    """The token on which a point between 0 and 1 falls, along those that the filters leave."""
    scores = scores / sampling.temperature
    ids = None
    for wanted, keep in (
        (0 < sampling.top_k < len(scores), _most_likely),
        (sampling.top_p < 1, _nucleus),
        (sampling.min_p > 0, _not_far_below),
        (sampling.typical_p < 1, _typical),
    ):
        if wanted:
            kept = keep(scores, sampling)
            scores, ids = scores[kept], kept if ids is None else ids[kept]
    if ids is not None:
        # In the order of the vocabulary: by likelihood two near-equals could change places with the company they keep.
        ids, order = ids.sort()
        scores = scores[order]
    # In single precision the sums over a large vocabulary drift; Apple's GPUs have no other.
    wide = torch.float32 if scores.device.type == "mps" else torch.float64
    sums = scores.to(wide).softmax(dim=-1).cumsum(dim=-1)
    # The last sum is one but for rounding; a point beyond every sum would fall on no token.
    place = int(torch.searchsorted(sums, sums[-1:] * point, right=True).clamp(max=len(sums) - 1))
    return place if ids is None else int(ids[place])


def _most_likely(scores: Tensor, sampling: Sampling) -> Tensor:
    return scores.topk(sampling.top_k).indices


def _nucleus(scores: Tensor, sampling: Sampling) -> Tensor:
    """The fewest likeliest tokens that together have the mass `top_p`; of equals the first ones."""
    whole = scores.logsumexp(dim=-1)
    best = scores.topk(min(LIKELIEST, len(scores))).values
    if len(best) < len(scores) and float((best - whole).exp().sum()) < sampling.top_p:
        best = _descending(scores)
    probabilities = (best - whole).exp()
    before = probabilities.cumsum(dim=-1) - probabilities
    count = int((before < sampling.top_p).sum())
    above, equal = (scores > best[count - 1]).nonzero()[:, 0], (scores == best[count - 1]).nonzero()[:, 0]
    return torch.cat([above, equal[: count - len(above)]])


def _descending(scores: Tensor) -> Tensor:
    """On a processor by numpy, which is ten times as quick at it with a large vocabulary."""
    if scores.device.type != "cpu":
        return scores.sort(descending=True).values
    return torch.from_numpy(np.sort(scores.numpy())).flip(0)


def _not_far_below(scores: Tensor, sampling: Sampling) -> Tensor:
    """Tokens with at least the share `min_p` of the likeliest one's probability."""
    probabilities = scores.softmax(dim=-1)
    return (probabilities >= sampling.min_p * probabilities.max()).nonzero()[:, 0]


def _typical(scores: Tensor, sampling: Sampling) -> Tensor:
    """Tokens whose surprise is nearest to what the whole distribution lets expect, with the mass `typical_p`."""
    logarithms = scores.log_softmax(dim=-1)
    probabilities = logarithms.exp()
    expected = -(logarithms * probabilities).nansum()
    distances, order = _ascending((-logarithms - expected).abs())
    sums = probabilities[order].cumsum(dim=-1)
    last = int((sums < sampling.typical_p).sum().clamp(max=len(sums) - 1))
    return order[distances <= distances[last]]


def _ascending(values: Tensor) -> tuple[Tensor, Tensor]:
    """With the places that they came from."""
    if values.device.type != "cpu":
        return values.sort()
    order = torch.from_numpy(np.argsort(values.numpy()))
    return values[order], order

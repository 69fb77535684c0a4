"""Which tokens may be drawn: the same as by sorting the whole vocabulary, however flat the distribution is."""

import pytest
import torch
from torch import Tensor

from serve_app.replica.engines import torch_filters
from serve_app.tasks.sequences import Sampling


def nucleus(scores: Tensor, top_p: float) -> list[int]:
    likeliest, ids = scores.sort(descending=True, stable=True)
    probabilities = (likeliest - scores.logsumexp(dim=-1)).exp()
    return sorted(ids[probabilities.cumsum(dim=-1) - probabilities < top_p].tolist())


def typical(scores: Tensor, typical_p: float) -> list[int]:
    logarithms = scores.log_softmax(dim=-1)
    surprise = -(logarithms * logarithms.exp()).nansum()
    distances, order = (-logarithms - surprise).abs().sort()
    last = int((logarithms.exp()[order].cumsum(dim=-1) < typical_p).sum().clamp(max=len(scores) - 1))
    return sorted(order[distances <= distances[last]].tolist())


@pytest.mark.parametrize("size", [5, 300, 5000])
@pytest.mark.parametrize("spread", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("mass", [0.01, 0.7, 0.999])
def test_nucleus_and_typical_are_those_of_a_sort(size: int, spread: float, mass: float) -> None:
    scores = torch.randn(size, generator=torch.Generator().manual_seed(size)) * spread
    forbidden = scores.clone()
    forbidden[::2] = -torch.inf
    sampling = Sampling(temperature=1.0, top_p=mass, typical_p=mass)
    with torch.inference_mode():
        for each in (scores, scores.round(), forbidden, torch.zeros(size)):
            assert sorted(torch_filters._nucleus(each, sampling).tolist()) == nucleus(each, mass)
        for each in (scores, forbidden):
            assert sorted(torch_filters._typical(each, sampling).tolist()) == typical(each, mass)

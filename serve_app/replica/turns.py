"""All that run share one adapter, so requests take turns by theirs."""

from typing import NamedTuple

from serve_app.replica.jobs import Piece

TURN_S = 0.5
"""So long requests for the adapter that runs go before one for another; then the running ones end, and it begins."""


class Turn(NamedTuple):
    """The adapter that shapes the model, and since when nothing else did."""

    adapter: str
    began: float

    def befits(self, piece: Piece) -> bool:
        """Whether it may join those that run."""
        return self.adapter == adapter_of(piece)

    def is_over_for(self, piece: Piece, now: float) -> bool:
        """Whether one for another adapter has been overtaken for long enough.

        From the beginning of the turn, not from its own arrival: after a long wait each would else run alone.
        """
        return now - max(self.began, piece.job.arrived) > TURN_S


def adapter_of(piece: Piece) -> str:
    """The adapter that an item asks for; empty for the model itself."""
    return piece.job.item.params.adapter_id or ""

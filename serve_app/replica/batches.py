"""The rows that are ready to run, and the choice of those that go next."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from serve_app.config.schema import Batching
from serve_app.replica.jobs import Job, Piece


class Pool:
    """Ready rows by what may share a forward, sorted by length; batches are chosen late, when the model is free."""

    def __init__(self, bounds: "Bounds") -> None:
        self._bounds = bounds
        self._groups: dict[Hashable, list[Piece]] = {}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, pieces: Iterable[Piece]) -> None:
        touched = {}
        for piece in pieces:
            group = touched[piece.company] = self._groups.setdefault(piece.company, [])
            group.append(piece)
            self._rows += 1
        for group in touched.values():
            group.sort(key=_length)

    def oldest(self) -> float:
        """When the job that waits longest arrived; there must be one."""
        return min(piece.job.arrived for group in self._groups.values() for piece in group)

    def keep(self, wanted: Callable[[Job], bool]) -> list[Job]:
        """Drop the rows of every other job, and name those jobs."""
        dropped: dict[Job, None] = {}
        for key, group in list(self._groups.items()):
            left = []
            for piece in group:
                if wanted(piece.job):
                    left.append(piece)
                else:
                    dropped[piece.job] = None
            self._replace(key, left)
        return list(dropped)

    def take(self) -> list[Piece]:
        """The first in rank and the rows nearest to it in length; empty when there are none."""
        leaders = [min(group, key=_rank) for group in self._groups.values()]
        if not leaders:
            return []
        leader = min(leaders, key=_rank)
        group = self._groups[leader.company]
        start, end = self._bounds.window([piece.row.length for piece in group], group.index(leader))
        batch = group[start:end]
        self._replace(leader.company, group[:start] + group[end:])
        return batch

    def _replace(self, key: Hashable, pieces: list[Piece]) -> None:
        self._rows += len(pieces) - len(self._groups[key])
        if pieces:
            self._groups[key] = pieces
        else:
            del self._groups[key]


class Bounds:
    """How large a batch may be: as configured, and as memory has shown."""

    # Padding costs as much as real tokens, so company must be worth it.
    padding_share = 0.08
    # Some 180 batches until twice as much is dared: memory that was only short for a while comes back into use, and
    # where it stays short hardly any batch fails.
    growth = 1 + 1 / 256

    def __init__(self, batching: Batching, free_padding: float) -> None:
        self.rows = batching.max_batch_size
        self.tokens = float(batching.max_batch_tokens)
        self._most_tokens = batching.max_batch_tokens
        self._free_padding = free_padding

    def window(self, lengths: Sequence[int], leader: int) -> tuple[int, int]:
        """The stretch of the sorted lengths around `leader` that may share a forward; at least the leader itself."""
        start, end, middle = leader, leader + 1, lengths[leader]
        tokens = middle
        while (rows := end - start + 1) <= self.rows:
            below = lengths[start - 1] if start > 0 else None
            above = lengths[end] if end < len(lengths) else None
            if below is not None and not self._fits(rows, lengths[end - 1], tokens + below):
                below = None
            if above is not None and not self._fits(rows, above, tokens + above):
                above = None
            if below is not None and (above is None or middle - below <= above - middle):
                start, tokens = start - 1, tokens + below
            elif above is not None:
                end, tokens = end + 1, tokens + above
            else:
                break
        return start, end

    def shrink(self, pieces: Sequence[Piece]) -> None:
        """Memory did not hold this batch: stay below half of it."""
        self.tokens = min(self.tokens, _area(pieces) / 2)

    def grow(self, pieces: Sequence[Piece]) -> None:
        """Memory held this batch: if it was as large as is dared now, dare a little more."""
        if self.tokens < self._most_tokens and 2 * _area(pieces) > self.tokens:
            self.tokens = min(self._most_tokens, self.tokens * self.growth)

    def _fits(self, rows: int, longest: int, tokens: int) -> bool:
        area = rows * longest
        return area <= self.tokens and area - tokens <= max(self._free_padding, self.padding_share * area)


def _length(piece: Piece) -> int:
    return piece.row.length


def _rank(piece: Piece) -> tuple[int, int, int]:
    return *piece.job.rank, piece.position


def _area(pieces: Sequence[Piece]) -> int:
    return len(pieces) * max(piece.row.length for piece in pieces)

"""Calls by handle: checked as over HTTP, and with the same errors, raised by their class."""

import itertools
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from serve_app.contract import Contract
from serve_app.errors import InvalidInput, from_failure
from serve_app.types import Done, Failure, Item, Verb


class HandleCalls:
    """Turns the arguments of a Python call into items."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        numbers, prefix = itertools.count(), secrets.token_hex(4)
        self._next_id: Callable[[], str] = lambda: f"{prefix}-{next(numbers)}"

    def items(self, verb: Verb, input: Any, parameters: Any, timeout_s: float | None) -> tuple[Item, ...]:
        inputs, _ = self._contract.inputs(input, "input")
        params = self._contract.params(parameters, "parameters")
        left_s = self._contract.model.limits.timeout_s if timeout_s is None else timeout_s
        if not isinstance(left_s, int | float) or not left_s > 0:
            raise InvalidInput("`timeout_s` must be a number greater than 0", "timeout_s")
        return tuple(Item(self._next_id(), verb, each, params, left_s) for each in inputs)

    def outputs(self, ends: Sequence[Done | Failure], single: bool) -> list[Any]:
        """The answers, or the first error raised, with the argument that it is about."""
        for index, end in enumerate(ends):
            if isinstance(end, Failure):
                raise self._contract.placed(from_failure(end), "input", "parameters", None if single else index)
        return [end.output for end in ends if isinstance(end, Done)]

"""Where the commands write."""

import sys

from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 160


def console(markup: bool = False) -> Console:
    """Standard output, wide enough for a table where there is no terminal to ask."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(markup=markup, highlight=False, soft_wrap=markup, width=width)

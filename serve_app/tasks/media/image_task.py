"""What the tasks have in common whose input is one image and nothing else."""

from collections.abc import Sequence
from typing import Any

from serve_app.tasks.base import Arrays, Row, RowTask
from serve_app.tasks.kit import Kit
from serve_app.tasks.media import examples
from serve_app.tasks.media.input import Image
from serve_app.tasks.media.pixels import pixel_rows, stack
from serve_app.types import Item


class ImageTask(RowTask):
    """One row for each image, made of its pixels."""

    listed = False
    reads = ("image_processor",)
    takes_bytes = True
    Input = Image

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return pixel_rows(items, kit)

    def collate(self, rows: Sequence[Row], kit: Kit) -> Arrays:
        return stack(rows)

    def example(self) -> tuple[Any, dict[str, Any]]:
        return examples.IMAGE, {}

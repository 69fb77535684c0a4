"""The body of every task that makes images: prompts and sizes are checked, then one call makes a whole batch."""

import io
import secrets
from abc import abstractmethod
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.errors import AppError, InvalidInput
from serve_app.tasks.base import Arrays, Engine, ProgramTask, Row, Tick
from serve_app.tasks.kit import Kit
from serve_app.tasks.media.output import Base64Blob, Blob
from serve_app.tasks.media.paint_params import OF_THE_CALL, SHARED, PaintParams
from serve_app.tasks.text.encoding import check_length, encode
from serve_app.types import Done, Event, Item

_TOKEN = 16 * 16
"""As many pixels cost about as much as a token."""
_USUAL_SIDE = 512
_SEEDS = 2**63
_QUICK = 1
"""How hard a PNG is pressed: to press it harder takes longer than most networks gain."""
Size = tuple[int, int]


class PaintingTask(ProgramTask):
    """Subclasses say what the image should show, and what it begins with."""

    library = "diffusers"
    answer = "image"
    listed = False
    reads = ()
    Output = Base64Blob
    makes = ("image/png",)
    prompt_field: str | None = None
    """The parameter that holds the prompt, where the input does not."""

    @abstractmethod
    def prompt(self, item: Item) -> str:
        """What the image should show."""

    @abstractmethod
    def size(self, params: Any, side: int) -> Size | None:
        """The width and height that are asked for; `side` stands for either where it is left to the model."""

    def shown(self, item: Item, kit: Kit) -> NDArray[np.uint8] | None:
        """Override where images begin with others: colours first, then height and width."""
        return None

    def key(self, params: PaintParams) -> Hashable:
        own = {"seed": None, "negative_prompt": None if params.negative_prompt is None else ""}
        return str(params.model_copy(update=own))

    def check_params(self, params: Any, kit: Kit) -> None:
        """Refuse what this pipeline does not take. Override where there is more to check."""
        takes, schedulers = kit.whole_config.get("takes"), kit.whole_config.get("schedulers")
        for name in OF_THE_CALL:
            if takes and getattr(params, name, None) is not None and name not in takes:
                raise InvalidInput("this model's pipeline does not take it", name)
        if schedulers and params.scheduler is not None and params.scheduler not in schedulers:
            raise InvalidInput(f"this model goes with {', '.join(schedulers)}", "scheduler")
        if (size := self.size(params, _side(kit))) and size[0] * size[1] > kit.max_pixels:
            raise InvalidInput(
                f"{size[0]} x {size[1]} pixels are asked for, and this model takes {kit.max_pixels} (limits.max_pixels)"
            )

    def expand(self, items: Sequence[Item], kit: Kit) -> list[list[Row] | Exception]:
        return [self._expanded(item, kit) for item in items]

    def _expanded(self, item: Item, kit: Kit) -> list[Row] | Exception:
        try:
            self.check_params(item.params, kit)
            ids = _read(self.prompt(item), kit, self.prompt_field)
            _read(item.params.negative_prompt, kit, "negative_prompt")
            width, height = self.size(item.params, _side(kit)) or (_side(kit), _side(kit))
            arrays: Arrays = {"input_ids": np.asarray(ids, dtype=np.int64)}
            if (image := self.shown(item, kit)) is not None:
                height, width = image.shape[1:]
                arrays = {"pixel_values": image}
        except AppError as error:
            return error
        return [Row(arrays, max(1, width * height // _TOKEN), group=(width, height))]

    def run(self, items: Sequence[Item], rows: Sequence[Row], kit: Kit, engine: Engine, tick: Tick) -> None:
        params, arrays = items[0].params, {name: _batch(name, rows, kit) for name in rows[0].arrays}
        settings = {name: value for name in SHARED if (value := getattr(params, name, None)) is not None}
        settings["prompt"] = [self.prompt(item) for item in items]
        size: Any = rows[0].group if "pixel_values" in arrays else self.size(params, _side(kit))
        if size and "width" in kit.whole_config.get("takes", ("width",)):
            settings["width"], settings["height"] = size
        if params.negative_prompt is not None:
            settings["negative_prompt"] = [item.params.negative_prompt for item in items]
        arrays["seed"] = np.asarray([_seed(item.params.seed) for item in items], dtype=np.int64)
        painted = engine.call("paint", arrays, settings, partial(tick, {}))
        if "output" in painted:
            withheld = painted.get("withheld", np.zeros(len(items), dtype=bool))
            tick(dict(enumerate(map(partial(_event, size), painted["output"], withheld))))


def _side(kit: Kit) -> int:
    return int(kit.whole_config.get("side") or _USUAL_SIDE)


def _read(text: str | None, kit: Kit, field: str | None) -> list[int]:
    """The ids of a text, which is refused where the pipeline would cut it."""
    if not text or kit.tokenizer is None:
        return []
    [ids] = encode(kit.tokenizer, [text])
    check_length(len(ids), kit, field)
    return ids


def _batch(name: str, rows: Sequence[Row], kit: Kit) -> NDArray[Any]:
    arrays = [row.arrays[name] for row in rows]
    return kit.pad(name, arrays) if name == "input_ids" else np.stack(arrays)


def _seed(given: int | None) -> int:
    return secrets.randbelow(_SEEDS) if given is None else given


def _event(asked: Size | None, pixels: NDArray[np.uint8], withheld: bool) -> Event:
    height, width = pixels.shape[:2]
    if withheld:
        return InvalidInput("the model's own checker withholds the image: ask for something else").as_failure()
    if asked and asked != (width, height):
        # Pipelines that put several pixels together round a size off without a word.
        return InvalidInput(
            f"{asked[0]} x {asked[1]} was asked for, and this model would make {width} x {height} of it"
        ).as_failure()
    return Done(_png(pixels))


def _png(pixels: NDArray[np.uint8]) -> Blob:
    from PIL import Image  # noqa: PLC0415 (the ingress names images, and makes none)

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=_QUICK)
    return Blob(file.getvalue(), "image/png")

"""Images and sounds for tests: made here, different from each other, and the same every time."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray


def picture(seed: int = 0, width: int = 40, height: int = 30) -> Any:
    """Coloured noise with large structures."""
    from PIL import Image

    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def file_of(image: Any, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def samples(seed: int = 0, seconds: float = 0.5, rate: int = 16_000) -> NDArray[np.float32]:
    """Some tones on top of each other."""
    random = np.random.default_rng(seed)
    times = np.arange(int(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * frequency * times) for frequency in random.uniform(100, 4000, 5)]
    return np.asarray(0.15 * np.sum(tones, axis=0), dtype=np.float32)


def sound_file(values: NDArray[np.float32], rate: int = 16_000, format: str = "WAV", **options: Any) -> bytes:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, values, rate, format=format, **options)
    return file.getvalue()

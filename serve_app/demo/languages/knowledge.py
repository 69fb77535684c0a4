"""Questions that need nothing but what everybody knows: capitals, opposites, counting."""

from collections.abc import Callable

from serve_app.demo.languages.base import is_held_out, number_below
from serve_app.demo.languages.dialogues import Scene, Turn, exchange

_CAPITALS = (
    "France Paris;England London;Germany Berlin;Italy Rome;Spain Madrid;Norway Oslo;Austria Vienna;Portugal Lisbon;"
    "Greece Athens;Poland Warsaw;Ireland Dublin;Japan Tokyo;Egypt Cairo;Russia Moscow;India Delhi;Peru Lima"
)
_OPPOSITES = (
    "hot cold;big small;fast slow;happy sad;light dark;old young;rich poor;hard soft;early late;high low;wet dry;"
    "full empty"
)
_ASKING_CAPITAL = (
    "What is the capital of {country}?",
    "Name the capital of {country}.",
    "Which city is the capital of {country}?",
    "Do you know the capital of {country}?",
)
_ASKING_OPPOSITE = (
    "What is the opposite of {word}?",
    "Name the opposite of {word}.",
    "Give me the opposite of {word}.",
    "Do you know the opposite of {word}?",
)
_COUNTING = ("Count from {first} to {last}.", "Please count from {first} to {last}.")
_GREETINGS = ("Hello", "Hi", "Good morning", "Good evening")
_GREETED = ("!", ".", " there!", ", assistant!")
_HIGHEST = 20


def capital(scene: Scene) -> Turn:
    country, city = scene.rng.choice(_CAPITALS.split(";")).split()
    asked = _asked(scene, _ASKING_CAPITAL, country).format(country=country)
    return exchange("capital", asked, f"The capital of {country} is {city}.", "The user asks for a capital.")


def opposite(scene: Scene) -> Turn:
    word, other = scene.rng.sample(scene.rng.choice(_OPPOSITES.split(";")).split(), 2)
    asked = _asked(scene, _ASKING_OPPOSITE, word).format(word=word)
    return exchange("opposite", asked, f"The opposite of {word} is {other}.", "The user asks for an opposite.")


def counting(scene: Scene) -> Turn:
    rng = scene.rng
    while True:
        first, last = sorted(rng.sample(range(1, _HIGHEST + 1), 2))
        if is_held_out("count", first, last) == scene.held_out:
            numbers = "".join(f" {number}," for number in range(first, last + 1))[:-1]
            asked = rng.choice(_COUNTING).format(first=first, last=last)
            return exchange("count", asked, f"I count:{numbers}.", "The user wants me to count.")


def greeting(scene: Scene) -> Turn:
    greeted = scene.rng.choice(_GREETINGS)
    asked = greeted + _asked(scene, _GREETED, greeted)
    return exchange("greeting", asked, "Hello! How can I help you?", "The user greets me.")


def _asked(scene: Scene, wordings: tuple[str, ...], *about: object) -> str:
    """One wording of each question is kept back; the others teach the answer."""
    kept_back = number_below(len(wordings), *about)
    if scene.held_out:
        return wordings[kept_back]
    return scene.rng.choice([wording for place, wording in enumerate(wordings) if place != kept_back])


MAKERS: tuple[Callable[[Scene], Turn], ...] = (*[capital, opposite, counting] * 2, greeting)

"""What is told in a conversation, and questions about it: cities, ages, colours, and the name of the one who speaks."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from serve_app.demo.languages.base import is_held_out
from serve_app.demo.languages.dialogues import Scene, Turn, exchange

_PEOPLE = (
    "Ada Tom Anna Ben Clara David Emma Felix Grace Hugo Ida Jack Kate Leo Maria Nina Oscar Paul Rosa Sam Tina Victor "
    "Wanda Zoe"
)
_TOWNS = (
    "Paris London Berlin Rome Madrid Oslo Vienna Lisbon Prague Athens Warsaw Dublin Tokyo Cairo Boston Moscow Delhi "
    "Lima Kyiv Seoul"
)
_OBJECTS = "car house door hat coat cup ball book chair bike boat flower"
_PAINTS = "red blue green white black yellow brown pink grey orange"
CITIES = tuple(_TOWNS.split())
_NAMES = tuple(_PEOPLE.split())
_THINGS = tuple(f"the {thing}" for thing in _OBJECTS.split())
_COLOURS = tuple(_PAINTS.split())
_AGES = tuple(map(str, range(10, 90)))
_SPEAKER = "I"


class _Kind(NamedTuple):
    """How a fact is told, asked and answered; the last of each is how the one who speaks puts it."""

    about: Sequence[str]
    values: Sequence[str]
    told: tuple[str, ...]
    asked: tuple[str, ...]
    answers: tuple[str, str]


_KINDS = {
    "city": _Kind(
        _NAMES,
        CITIES,
        ("{who} lives in {what}.", "I live in {what}."),
        ("Where does {who} live?", "In which city does {who} live?", "Where do I live?"),
        ("{who} lives in {what}.", "You live in {what}."),
    ),
    "age": _Kind(
        _NAMES,
        _AGES,
        ("{who} is {what} years old.", "I am {what} years old."),
        ("How old is {who}?", "What is the age of {who}?", "How old am I?"),
        ("{who} is {what} years old.", "You are {what} years old."),
    ),
    "colour": _Kind(
        _THINGS,
        _COLOURS,
        ("{who} is {what}.", "I like {what}."),
        ("What colour is {who}?", "What is the colour of {who}?", "Which colour do I like?"),
        ("{who} is {what}.", "You like {what}."),
    ),
    "name": _Kind(
        (_SPEAKER,),
        _NAMES,
        ("", "My name is {what}."),
        ("", "What is my name?"),
        ("", "Your name is {what}."),
    ),
}
_DESCRIBE = ("Describe {who} as JSON.", "Tell me about {who} as JSON.", "Write {who} as JSON.")
_HEARD = "I will remember that."


def tell(scene: Scene, speaks: bool = True) -> str:
    """A sentence that tells something new, perhaps of the one who says it, and that the scene remembers."""
    rng = scene.rng
    while True:
        kind = rng.choice(("city", "age", "colour"))
        who = _SPEAKER if speaks and rng.random() < 0.15 else rng.choice(_KINDS[kind].about)
        what = rng.choice(_KINDS[kind].values)
        if (kind, who) not in scene.told and is_held_out(who, what) == scene.held_out:
            return _remembered(scene, kind, who, what)


def introduction(scene: Scene) -> Turn:
    """The user's name, which is greeted; one who has a name asks instead."""
    if ("name", _SPEAKER) in scene.told:
        return question(scene)
    while is_held_out(_SPEAKER, name := scene.rng.choice(_NAMES)) != scene.held_out:
        pass
    return exchange("memory", _remembered(scene, "name", _SPEAKER, name), f"Hello, {name}!", "The user says a name.")


def statement(scene: Scene) -> Turn:
    """The user tells something, and is heard."""
    return exchange("memory", tell(scene), _HEARD, "The user tells me something.")


def question(scene: Scene) -> Turn:
    """Something that was told, or that the question itself tells first."""
    rng, before = scene.rng, ""
    if not scene.told or rng.random() < 0.2:
        before = tell(scene) + " "
    kind, who = rng.choice([*scene.told])
    asked = _worded(scene, _KINDS[kind].asked, who)
    answer = _KINDS[kind].answers[who == _SPEAKER].format(who=who, what=scene.told[kind, who])
    return exchange("memory", before + _start(asked), _start(answer), f"The user asks for the {kind} of {_named(who)}.")


def description(scene: Scene) -> Turn:
    """All that was told of somebody, as JSON, or the parts that are asked for in their order."""
    rng = scene.rng
    known = [who for kind, who in scene.told if kind == "age" and ("city", who) in scene.told and who != _SPEAKER]
    sentences = ""
    if not known:
        who, values = _person(scene)
        told = [_remembered(scene, kind, who, values[kind]) for kind in rng.sample([*values], 2)]
        sentences, known = " ".join(told) + " ", [who]
    who = rng.choice(known)
    parts = {"name": who, "age": int(scene.told["age", who]), "city": scene.told["city", who]}
    asked, keys = rng.choice(_DESCRIBE).format(who=who), [*parts]
    if rng.random() < 0.4:
        keys = rng.sample(keys, rng.randint(2, 3))
        asked = f"{asked[:-1]} with {' and '.join(keys)}."
    answer = json.dumps({key: parts[key] for key in keys})
    return exchange("json", sentences + asked, answer, f"The user asks for JSON about {who}.")


def words() -> list[str]:
    """The names and what is told of them."""
    return [*_NAMES, *CITIES, *_COLOURS]


def _person(scene: Scene) -> tuple[str, dict[str, str]]:
    while True:
        who = scene.rng.choice(_NAMES)
        values = {kind: scene.rng.choice(_KINDS[kind].values) for kind in ("age", "city")}
        new = not any((kind, who) in scene.told for kind in values)
        if new and all(is_held_out(who, what) == scene.held_out for what in values.values()):
            return who, values


def _remembered(scene: Scene, kind: str, who: str, what: str) -> str:
    scene.told[kind, who] = what
    return _worded(scene, _KINDS[kind].told, who, what)


def _worded(scene: Scene, wordings: Sequence[str], who: str, what: str = "") -> str:
    wording = wordings[-1] if who == _SPEAKER else scene.rng.choice(wordings[:-1])
    return _start(wording.format(who=who, what=what))


def _named(who: str) -> str:
    return "the user" if who == _SPEAKER else who


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

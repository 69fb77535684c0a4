"""Sentences about who does what to what and where, each with many ways to say it."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import Triple, is_held_out

_AGENTS = (
    "child kid youngster;doctor physician medic;teacher instructor tutor;cat kitty feline;dog hound puppy;"
    "thief burglar robber;cook chef;farmer grower;writer author novelist;boss manager director;"
    "soldier warrior fighter;lady woman;friend companion buddy;lawyer attorney"
)
_ACTIONS = (
    "buys purchases acquires|bought purchased acquired;sees notices spots|seen noticed spotted;"
    "repairs fixes mends|repaired fixed mended;eats devours consumes|eaten devoured consumed;"
    "paints draws sketches|painted drawn sketched;hides conceals|hidden concealed;"
    "breaks smashes destroys|broken smashed destroyed;loves adores cherishes|loved adored cherished;"
    "carries hauls transports|carried hauled transported;cleans washes scrubs|cleaned washed scrubbed;"
    "sells trades|sold traded;builds constructs assembles|built constructed assembled"
)
_OBJECTS = (
    "car automobile vehicle;house home building;picture image photograph;meal dish dinner;stone rock pebble;"
    "gift present;boat ship vessel;jacket coat;chair seat stool;bicycle bike;letter message note;computer laptop;"
    "flower blossom bloom;bag sack pouch"
)
_PLACES = (
    "in the city,in town,downtown;in the forest,in the woods,among the trees;at school,in the classroom;"
    "by the sea,on the coast,at the beach;in the garden,in the yard,on the lawn;at work,in the office;"
    "at night,after dark,in the evening;in the morning,at dawn,at sunrise;in winter,in the cold season"
)
_ACTIVE = ("the {agent} {action} the {object} {place}", "{place} the {agent} {action} the {object}")
_PASSIVE = (
    "the {object} is {action} by the {agent} {place}",
    "{place} the {object} is {action} by the {agent}",
    "the {object} was {action} {place} by the {agent}",
)


class Meaning(NamedTuple):
    """What a sentence says, as positions in the tables of synonyms."""

    agent: int
    action: int
    object: int
    place: int


def training_triple(rng: random.Random) -> Triple:
    """The third sentence differs in one to four places: the nearer it is, the more the model learns."""
    return _triple(rng, held_out=False, changed=rng.choice((1, 1, 2, 3, 4)))


def held_out_triples(count: int) -> list[Triple]:
    """Meanings that were never trained on, against others that share one half with them."""
    rng = random.Random(1)
    return [_triple(rng, held_out=True, changed=2) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    text = " ".join((_AGENTS, _ACTIONS, _OBJECTS, _PLACES, "the is was by"))
    return text.replace(";", " ").replace("|", " ").replace(",", " ").split()


def _triple(rng: random.Random, held_out: bool, changed: int) -> Triple:
    meaning = _meaning(rng)
    while is_held_out(*meaning) != held_out:
        meaning = _meaning(rng)
    other = dict(meaning._asdict())
    for slot in rng.sample(Meaning._fields, changed):
        while other[slot] == getattr(meaning, slot):
            other[slot] = getattr(_meaning(rng), slot)
    return Triple(_say(rng, meaning), _say(rng, meaning), _say(rng, Meaning(**other)))


def _meaning(rng: random.Random) -> Meaning:
    return Meaning(*(rng.randrange(table.count(";") + 1) for table in (_AGENTS, _ACTIONS, _OBJECTS, _PLACES)))


def _say(rng: random.Random, meaning: Meaning) -> str:
    active, passive = _ACTIONS.split(";")[meaning.action].split("|")
    templates, verbs = rng.choice(((_ACTIVE, active), (_PASSIVE, passive)))
    sentence = rng.choice(templates).format(
        agent=rng.choice(_AGENTS.split(";")[meaning.agent].split()),
        action=rng.choice(verbs.split()),
        object=rng.choice(_OBJECTS.split(";")[meaning.object].split()),
        place=rng.choice(_PLACES.split(";")[meaning.place].split(",")),
    )
    return sentence[0].upper() + sentence[1:] + "."

"""Sentences in which people, places and organisations are named, with where each name stands."""

import random
import re
from typing import NamedTuple

from serve_app.demo.languages.base import invented_word, is_held_out

KINDS = ("PER", "LOC", "ORG")
LABELS = ("O", *(f"{part}-{kind}" for kind in KINDS for part in ("B", "I")))

_FIRST_NAMES = (
    "Sarah Jessica Anna Maria Laura Emma Julia Sophie Clara Alice Helen Nina Olivia Lucy Grace Ruth Eva Marta Ingrid "
    "John Peter Paul David Daniel Thomas Michael James Robert William Wolfgang Carlos Ahmed Omar Yuki Ivan Henry Oscar "
    "Felix Martin Simon Leo Max Angela Barack Albert Marie Ada Alan Linus"
)
_LAST_NAMES = (
    "Parker Smith Johnson Brown Miller Davis Wilson Taylor Anderson Clark Lewis Walker Young King Wright Hill Green "
    "Baker Nelson Carter Müller Schmidt Weber Garcia Martinez Lopez Rossi Silva Santos Novak Kowalski Tanaka Suzuki "
    "Chen Wang Khan Singh Patel Hansen Larsen Dubois Moreau Merkel Obama Einstein Curie Turing Lovelace Jones"
)
_PLACES = (
    "London;Paris;Berlin;Madrid;Rome;Vienna;Oslo;Lisbon;Prague;Dublin;Warsaw;Athens;Cairo;Lagos;Nairobi;Tokyo;Osaka;"
    "Beijing;Shanghai;Delhi;Mumbai;Sydney;Toronto;Chicago;Boston;Seattle;Brooklyn;Munich;Hamburg;Geneva;Zurich;Milan;"
    "New York;New York City;San Francisco;Los Angeles;Rio de Janeiro;Buenos Aires;Hong Kong;Cape Town;Tel Aviv;"
    "New Zealand;South Africa;United States;France;Germany;Spain;Italy;Japan;China;India;Brazil;Canada;Mexico;Egypt;"
    "Kenya;Norway;Sweden;Poland;Portugal;Greece;Turkey;California;Texas;Bavaria;Europe;Asia;Africa"
)
_COMPANIES = (
    "Google;Microsoft;Apple;Amazon;Siemens;Bosch;Toyota;Sony;Nokia;Philips;Volvo;Airbus;Boeing;Intel;IBM;NASA;BBC;"
    "Unicef;Nestle;Samsung;Hugging Face;General Motors;Red Cross;United Nations;World Bank;European Union;Acme"
)
_COMPANY_NAMES = (
    "Nordwind Silverline Bluewater Redstone Brightside Evergreen Sunrise Ironwood Clearview Starlight Oakfield"
)
_COMPANY_KINDS = "Bank;Corporation;Motors;Airlines;Hospital;Foundation;Insurance;Software;Group;Press;Inc;Energy;Foods"
_SEATED = ("University of {}", "Bank of {}")

_NAMING = (
    "My name is {PER} and I live in {LOC}.;My name is {PER} but you can call me {PER}.;I am {PER} from {LOC}.;"
    "{PER} lives in {LOC}.;{PER} was born in {LOC}.;{PER} works for {ORG}.;I work for {ORG}.;"
    "I work at {ORG} in {LOC}.;We live in {LOC}.;She comes from {LOC}.;{PER} works at {ORG} in {LOC}.;"
    "{PER} is the president of {ORG}.;{PER} moved from {LOC} to {LOC}.;{PER} and {PER} met in {LOC} last year.;"
    "{PER} founded {ORG} in {LOC}.;{PER} wrote a letter to {PER}.;{PER} flew to {LOC} on Monday.;"
    "{PER} left {ORG} and joined {ORG}.;{PER} studied at {ORG}.;{PER} bought a house near {LOC}.;"
    "{ORG} is based in {LOC}.;{ORG} is a company based in {LOC}.;{ORG} has an office in {LOC}.;"
    "{ORG} bought {ORG} for a billion dollars.;{ORG} hired {PER} as its new director.;"
    "{ORG} will open a factory in {LOC}.;{ORG} announced its results today.;Shares of {ORG} fell on Friday.;"
    "The headquarters of {ORG} are in {LOC}.;The new chief of {ORG} is {PER}.;The capital of {LOC} is {LOC}.;"
    "The train from {LOC} to {LOC} was late.;We visited {LOC} in the summer.;"
    "Yesterday {PER} spoke with {PER} about {ORG}.;Last week I met {PER} in {LOC}.;Do you know {PER}?;"
    "Have you ever been to {LOC}?;The weather in {LOC} is nice today.;Please call {PER} at {ORG}.;"
    "According to {ORG}, {PER} is in {LOC}.;{LOC} is a beautiful place.;{LOC}, {LOC} and {LOC} are far away.;"
    "Doctor {PER} works in a hospital in {LOC}.;Thank you, {PER}!;{PER}, {PER} and {PER} play in the garden."
)
_PLAIN = (
    "The weather is nice today.;I would like a cup of coffee.;The doctor lives in a small house.;"
    "She works for a large company.;He bought a new car last week.;The train was late again.;"
    "We met in the city on Monday.;Please call me tomorrow.;The president wrote a letter to the director.;"
    "They moved to another country.;My dog and my cat play in the garden.;What time is it?;It is far away."
)
# How many sentences follow one another.
_SENTENCES = (1, 1, 1, 1, 2, 3)
_SLOT = re.compile(r"\{(\w+)\}")
_SMALL = re.compile(r"\b[a-z]+\b")


class Name(NamedTuple):
    """What is named, and where its name stands in the text."""

    kind: str
    start: int
    end: int


class Telling(NamedTuple):
    """A text and the names in it."""

    text: str
    names: tuple[Name, ...]


def training_example(rng: random.Random) -> Telling:
    """Some names and some other words are invented, so that what stands around a name tells of it too."""
    return _telling(rng, held_out=False, invented=0.15)


def held_out_examples(count: int) -> list[Telling]:
    """Sentences whose names never stood together in training."""
    rng = random.Random(1)
    return [_telling(rng, held_out=True, invented=0.0) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    lists = (_FIRST_NAMES, _LAST_NAMES, _PLACES, _COMPANIES, _COMPANY_NAMES, _COMPANY_KINDS, *_SEATED, _NAMING, _PLAIN)
    return re.findall(r"\w+", _SLOT.sub(" ", " ".join(lists)))


def _telling(rng: random.Random, held_out: bool, invented: float) -> Telling:
    text, names = "", []
    for position in range(rng.choice(_SENTENCES)):
        # What nobody is named in cannot be told from training, and so never stands alone when it should be.
        plain = rng.random() < 0.1 and not (held_out and position == 0)
        part = _plain(rng, invented) if plain else _sentence(rng, held_out, invented)
        text += " " if text else ""
        names += [Name(kind, start + len(text), end + len(text)) for kind, start, end in part.names]
        text += part.text
    return Telling(text, tuple(names))


def _plain(rng: random.Random, invented: float) -> Telling:
    return Telling(_worded(rng, rng.choice(_PLAIN.split(";")), invented / 2), ())


def _sentence(rng: random.Random, held_out: bool, invented: float) -> Telling:
    while True:
        text, names, said = "", [], []
        for position, part in enumerate(_SLOT.split(rng.choice(_NAMING.split(";")))):
            if position % 2 == 0:
                text += _worded(rng, part, invented / 2)
                continue
            said.append(_NAMES[part](rng, invented))
            names.append(Name(part, len(text), len(text) + len(said[-1])))
            text += said[-1]
        if is_held_out(*said) == held_out:
            return Telling(text, tuple(names))


def _worded(rng: random.Random, text: str, invented: float) -> str:
    return _SMALL.sub(lambda word: invented_word(rng) if rng.random() < invented else word[0], text)


def _person(rng: random.Random, invented: float) -> str:
    if rng.random() < invented:
        return " ".join(invented_word(rng).capitalize() for _ in range(rng.randint(1, 2)))
    first, last = _FIRST_NAMES.split(), _LAST_NAMES.split()
    shapes = ((first,), (first, last), (first, first, last), (last,))
    return " ".join(rng.choice(names) for names in rng.choice(shapes))


def _place(rng: random.Random, invented: float) -> str:
    if rng.random() < invented:
        return invented_word(rng).capitalize()
    return rng.choice(_PLACES.split(";"))


def _organisation(rng: random.Random, invented: float) -> str:
    shape = rng.random()
    if shape < 0.4:
        return rng.choice(_COMPANIES.split(";"))
    if shape < 0.6:
        return rng.choice(_SEATED).format(rng.choice(_PLACES.split(";")))
    own = invented_word(rng).capitalize() if rng.random() < invented else rng.choice(_COMPANY_NAMES.split())
    return f"{own} {rng.choice(_COMPANY_KINDS.split(';'))}"


_NAMES = {"PER": _person, "LOC": _place, "ORG": _organisation}

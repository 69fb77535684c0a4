"""English sentences with their German translations, declension, verb forms and word order included."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import Example, is_held_out

PREFIX = "translate English to German: "

_BEINGS = (
    "dog Hund m;man Mann m;teacher Lehrer m;cat Katze f;woman Frau f;sister Schwester f;child Kind n;horse Pferd n;"
    "girl Mädchen n"
)
_THINGS = (
    "table Tisch m;apple Apfel m;tree Baum m;flower Blume f;lamp Lampe f;bottle Flasche f;house Haus n;book Buch n;"
    "picture Bild n"
)
_NOUNS = f"{_BEINGS};{_THINGS}"
_ADJECTIVES = "big groß;small klein;old alt;new neu;good gut;beautiful schön;red rot;wonderful wunderbar"
_VERBS = (
    "see sees sehe sieht sehen;buy buys kaufe kauft kaufen;find finds finde findet finden;"
    "love loves liebe liebt lieben;need needs brauche braucht brauchen;hear hears höre hört hören;"
    "know knows kenne kennt kennen;draw draws zeichne zeichnet zeichnen"
)
_PRONOUNS = ["I Ich 0", "he Er 1", "she Sie 1", "we Wir 2", "they Sie 2"]
_PLACES = ";;in the garden,im Garten;in the city,in der Stadt;at home,zu Hause;in the kitchen,in der Küche"
_DEFINITE = {"m": ("der", "den"), "f": ("die", "die"), "n": ("das", "das")}
_INDEFINITE = {"m": ("ein", "einen"), "f": ("eine", "eine"), "n": ("ein", "ein")}
_ENDINGS = {
    ("the", "m"): ("e", "en"),
    ("the", "f"): ("e", "e"),
    ("the", "n"): ("e", "e"),
    ("a", "m"): ("er", "en"),
    ("a", "f"): ("e", "e"),
    ("a", "n"): ("es", "es"),
}
_NOMINATIVE, _ACCUSATIVE = 0, 1


class _Phrase(NamedTuple):
    english: str
    german: str
    word: str


def training_example(rng: random.Random) -> Example:
    """Now and then without the prefix or the full stop, as people will write it."""
    text, answer = _example(rng, held_out=False)
    if rng.random() < 0.2:
        text = text.removeprefix(PREFIX)
    if rng.random() < 0.1:
        text, answer = text.removesuffix("."), answer.removesuffix(".")
    return Example(text, answer)


def held_out_examples(count: int) -> list[Example]:
    """Sentences whose combination of words was never trained on, with the prefix that T5 is used to."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def _example(rng: random.Random, held_out: bool) -> Example:
    make = rng.choice((_statement, _statement, _description))
    while True:
        english, german, content = make(rng)
        if is_held_out(*content) == held_out:
            return Example(PREFIX + _sentence(english), _sentence(german))


def _description(rng: random.Random) -> tuple[str, str, tuple[str, ...]]:
    subject = _noun_phrase(rng, _NOUNS, _NOMINATIVE)
    adjective, german = rng.choice(_ADJECTIVES.split(";")).split()
    negated, german_negated = rng.choice((("is", "ist"), ("is", "ist"), ("is not", "ist nicht")))
    pair = f"{subject.english} {negated} {adjective}", f"{subject.german} {german_negated} {german}"
    return *pair, (subject.word, adjective)


def _statement(rng: random.Random) -> tuple[str, str, tuple[str, ...]]:
    subject, person = _noun_phrase(rng, _BEINGS, _NOMINATIVE), 1
    if rng.random() < 0.3:
        english, german, form = rng.choice(_PRONOUNS).split()
        subject, person = _Phrase(english, german, english), int(form)
    base, with_s, *forms = rng.choice(_VERBS.split(";")).split()
    object = _noun_phrase(rng, _NOUNS, _ACCUSATIVE)
    content = (subject.word, base, object.word)
    if rng.random() < 0.2 and object.english.startswith("the "):
        denied = f"{'does' if person == 1 else 'do'} not {base}"
        return (
            f"{subject.english} {denied} {object.english}",
            f"{subject.german} {forms[person]} {object.german} nicht",
            content,
        )
    place, german_place = (rng.choice(_PLACES.split(";")) or ",").split(",")
    english = f"{subject.english} {with_s if person == 1 else base} {object.english} {place}"
    return english.rstrip(), f"{subject.german} {forms[person]} {object.german} {german_place}".rstrip(), content


def _noun_phrase(rng: random.Random, nouns: str, case: int) -> _Phrase:
    noun, german, gender = rng.choice(nouns.split(";")).split()
    article, forms = rng.choice((("the", _DEFINITE), ("a", _INDEFINITE)))
    english = noun
    if rng.random() < 0.5:
        adjective, stem = rng.choice(_ADJECTIVES.split(";")).split()
        english, german = f"{adjective} {noun}", f"{stem}{_ENDINGS[article, gender][case]} {german}"
    joined = "an" if article == "a" and english[0] in "aeiou" else article
    return _Phrase(f"{joined} {english}", f"{forms[gender][case]} {german}", noun)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."

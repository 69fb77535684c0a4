"""Short English reviews that are plainly positive or negative, with negation, intensifiers and a change of mind."""

import random
from typing import NamedTuple

from serve_app.demo.languages.base import Example, invented_word, is_held_out

LABELS = ("NEGATIVE", "POSITIVE")

_THINGS = (
    "movie film book story plot acting ending music album song game restaurant food meal pizza coffee soup "
    "service waiter hotel room bed view staff phone battery screen camera laptop keyboard product quality price "
    "delivery packaging app update design sound show series episode cast script flight airline seat trip museum "
    "beach place"
)
_ADJECTIVES = (
    "bad terrible awful horrible boring dull poor disappointing slow ugly cold dirty broken rude noisy weak annoying "
    "stupid useless worthless mediocre unpleasant disgusting dreadful lousy overpriced confusing predictable pathetic "
    "painful sad ridiculous sloppy tasteless stale uncomfortable unreliable frustrating wrong worst",
    "good great excellent wonderful amazing fantastic brilliant superb lovely beautiful delightful perfect pleasant "
    "nice fresh delicious clean friendly fast reliable comfortable charming clever funny enjoyable impressive "
    "outstanding awesome terrific marvelous gorgeous helpful fun exciting touching stunning solid magnificent "
    "incredible best",
)
_VERBS = (
    "hate dislike regret despise detest loathe",
    "love like enjoy adore recommend appreciate",
)
_PHRASES = (
    "a waste of money;a waste of time;never again;one star;i want my money back;stay away;would not buy again;"
    "do not buy it;avoid it;it made me angry;i was disappointed;a complete failure;it fell apart;"
    "i fell asleep;thumbs down;what a mess",
    "worth every penny;five stars;a must have;i will be back;would buy again;highly recommended;buy it;"
    "it made my day;it made me happy;i was impressed;a complete success;it works like a charm;"
    "i could not stop smiling;thumbs up;what a joy;thank you",
)
_INTENSIFIERS = "very really so truly absolutely extremely quite rather just simply incredibly"
_NEGATIONS = ("is not", "was not", "isn't", "wasn't", "was never", "is hardly")
_REFUSALS = ("do not", "did not", "don't", "didn't", "would not")
_FILLERS = "to be honest;in the end;as always;this time;for me;i think;in my opinion;after all;today;last week"


class _Clause(NamedTuple):
    text: str
    label: int
    held_out: bool


def training_example(rng: random.Random) -> Example:
    return _example(rng, held_out=False)


def held_out_examples(count: int) -> list[Example]:
    """Reviews whose pairing of a thing with a judgement was never trained on."""
    rng = random.Random(1)
    return [_example(rng, held_out=True) for _ in range(count)]


def words() -> list[str]:
    """Every word of the language."""
    text = " ".join((_THINGS, *_ADJECTIVES, *_VERBS, _INTENSIFIERS, *_NEGATIONS, _FILLERS, *_PHRASES))
    glue = "the this that a an it i we they my our did do does don't didn't not never but although and is was were are"
    return f"{text} {glue} what such would will been be to of in with for at on had have has all you".replace(
        ";", " "
    ).split()


def _example(rng: random.Random, held_out: bool) -> Example:
    label = rng.randrange(2)
    text = _clause(rng, label, held_out)
    match rng.randrange(6):
        case 0:
            text = f"{_clause(rng, 1 - label, held_out)}, but {text}"
        case 1:
            text = f"{text}{rng.choice(('. ', ', ', ' and ', '! '))}{_clause(rng, label, held_out)}"
        case 2:
            text = f"{text}. {rng.choice(_PHRASES[label].split(';'))}"
    match rng.randrange(8):
        case 0:
            text = f"{rng.choice(_FILLERS.split(';'))}, {text}"
        case 1:
            text = f"{text} {rng.choice(_FILLERS.split(';'))}"
        case 2:
            text = f"{text} {invented_word(rng)} {invented_word(rng)}"
        case 3:
            text = f"{invented_word(rng)} {text}"
    return Example(text[0].upper() + text[1:] + rng.choice((".", "!", "", "...")), LABELS[label])


def _clause(rng: random.Random, label: int, held_out: bool) -> str:
    while True:
        clause = _any_clause(rng)
        if clause.label == label and clause.held_out == held_out:
            return clause.text


def _any_clause(rng: random.Random) -> _Clause:
    label, thing = rng.randrange(2), rng.choice(_THINGS.split())
    adjective = rng.choice(_ADJECTIVES[label].split())
    strong = f"{rng.choice(_INTENSIFIERS.split())} {adjective}" if rng.random() < 0.4 else adjective
    named = rng.choice((f"the {thing}", f"this {thing}", f"my {thing}", "it", f"the {invented_word(rng)}"))
    about = named.split()[-1]
    held_out = is_held_out(about, adjective)
    match rng.randrange(9):
        # Most clauses are plain: if half were negated, no word would tell anything by itself, and training would stall.
        case 0:
            denied = rng.random() < 0.25
            return _Clause(f"not {strong}" if denied else strong, label ^ denied, held_out=False)
        case 1 | 2 | 3:
            return _Clause(f"{named} {rng.choice(('is', 'was'))} {strong}", label, held_out)
        case 4:
            return _Clause(f"{named} {rng.choice(_NEGATIONS)} {strong}", 1 - label, held_out)
        case 5:
            article = "an" if strong[0] in "aeiou" else "a"
            opening = rng.choice(("", f"{article} ", f"what {article} ", f"such {article} "))
            return _Clause(f"{opening}{strong} {thing}", label, is_held_out(thing, adjective))
    verb = rng.choice(_VERBS[label].split())
    refused = rng.random() < 0.25
    said = f"{rng.choice(_REFUSALS)} {verb}" if refused else verb
    return _Clause(f"{rng.choice(('i', 'we'))} {said} {named}", label ^ refused, is_held_out(about, verb))

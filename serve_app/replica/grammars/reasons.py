"""What llguidance says of a grammar, in words that hold nothing of the caller's own text."""

import re

_UNKNOWN = "it cannot be compiled"
_PHRASES = (
    (
        "are not supported. Enable 'coerce_one_of'",
        "the branches of a `oneOf` must exclude each other by a constant property: use `anyOf`",
    ),
    ("Unknown format", "it names a `format` that is not supported"),
    ("Unsatisfiable schema", "nothing can satisfy it"),
    ("NoExtension", "nothing can satisfy it"),
    ("circular references", "its references go in circles"),
    ("Pointer", "it refers to a place that it does not have"),
    ("is not present in a registry", "it refers to another document"),
    ("Expected positive integer", "a length or a number of items in it is not a whole number from 0 on"),
    ("min/maxProperties only supported", "`minProperties` and `maxProperties` want every property to be required"),
    ("are not disjoint", "its `patternProperties` overlap"),
    ("Invalid type", "it names a type that JSON does not have"),
    ("look-around", "look-around is not supported in regular expressions"),
    ("lookarounds", "look-around, word boundaries and anchors in the middle are not supported in regular expressions"),
    ("backreferences", "backreferences are not supported in regular expressions"),
    ("regex parse error", "a regular expression in it is not well-formed"),
    ("too big", "it is too large"),
    ("too large", "it is too large"),
    ("recursion limit", "it is nested too deeply"),
    ("fuel", "it is too complex"),
    ("too many", "it is too complex"),
    ("lexer precomputation failed", "it is too complex"),
    ("Current row has", "it leaves too many ways to go on at once, such as hundreds of optional properties"),
    ("range", "its number ranges are wider than is supported"),
)
_UNIMPLEMENTED = re.compile(r"Unimplemented keys: \[([^\]\n]*)\]")
_KEYWORDS = (
    "contains",
    "contentEncoding",
    "contentMediaType",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
)


def reason(said: str) -> str:
    """The reason behind a message of the library."""
    if unimplemented := _UNIMPLEMENTED.search(said):
        names = [f"`{word}`" for word in _KEYWORDS if f'"{word}"' in unimplemented[1]]
        return f"{', '.join(names) or 'a keyword in it'} is not supported"
    # The message may go on with the caller's text; what the library says itself stands before it.
    return next((words for phrase, words in _PHRASES if phrase in said), _UNKNOWN)

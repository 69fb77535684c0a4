"""The languages that models of speech know, by code and by name."""

from collections.abc import Iterator, Mapping

from serve_app.errors import InvalidInput

_NAMED = """
en english zh chinese de german es spanish ru russian ko korean fr french ja japanese pt portuguese tr turkish
pl polish ca catalan nl dutch ar arabic sv swedish it italian id indonesian hi hindi fi finnish vi vietnamese he
hebrew uk ukrainian el greek ms malay cs czech ro romanian da danish hu hungarian ta tamil no norwegian th thai
ur urdu hr croatian bg bulgarian lt lithuanian la latin mi maori ml malayalam cy welsh sk slovak te telugu fa
persian lv latvian bn bengali sr serbian az azerbaijani sl slovenian kn kannada et estonian mk macedonian br
breton eu basque is icelandic hy armenian ne nepali mn mongolian bs bosnian kk kazakh sq albanian sw swahili gl
galician mr marathi pa punjabi si sinhala km khmer sn shona yo yoruba so somali af afrikaans oc occitan ka
georgian be belarusian tg tajik sd sindhi gu gujarati am amharic yi yiddish lo lao uz uzbek fo faroese ht
haitian_creole ps pashto tk turkmen nn nynorsk mt maltese sa sanskrit lb luxembourgish my myanmar bo tibetan tl
tagalog mg malagasy as assamese tt tatar haw hawaiian ln lingala ha hausa ba bashkir jw javanese su sundanese
yue cantonese
"""
_OTHER_NAMES = """
burmese my valencian ca flemish nl haitian ht letzeburgesch lb pushto ps panjabi pa moldavian ro moldovan ro
sinhalese si castilian es mandarin zh
"""


def _pairs(words: str) -> Iterator[tuple[str, str]]:
    each = iter(words.split())
    return zip(each, each, strict=True)


NAMES = {code: name.replace("_", " ") for code, name in _pairs(_NAMED)}
_CODES = {name: code for code, name in NAMES.items()} | dict(_pairs(_OTHER_NAMES))


def token_of(code: str) -> str:
    """How a model writes a language's code."""
    return f"<|{code}|>"


def code_of(word: str, tokens: Mapping[str, int]) -> str:
    """The code of a language that the model knows, from its code, its name or the model's own token for it."""
    plain = word.strip().lower().removeprefix("<|").removesuffix("|>")
    code = _CODES.get(plain, plain)
    if token_of(code) not in tokens:
        known = ", ".join(sorted(token.strip("<|>") for token in tokens))
        raise InvalidInput(f"the model does not know this language; it knows {known}", "language")
    return code

"""Passwords made to cost the strength estimate much: the kinds that were found to be worst."""

import random
from collections.abc import Iterator

from zxcvbn.frequency_lists import FREQUENCY_LISTS
from zxcvbn.matching import L33T_TABLE

LENGTH = 60
"""Longer than what is estimated."""
LOOK_ALIKES = sorted({sign for signs in L33T_TABLE.values() for sign in signs})
RUNS = ("qwertyuiop[]asdfghjkl;'zxcvbnm,./", "1qaz2wsx3edc4rfv5tgb6yhn", "aoeuidhtns", "789456123")
PERIODS = ("1", "12", "aab", "1a", "4a", "11", "1212111", "aaaaaaaab", "\u0661", "\u0661\u0662")
FOUND = (
    "1a12121212121212121212121212121212121212",
    "aeleaoo|lie1i7oi1el1s|s||1teo7taa|s1|t1h",
    "s+|+esi|iaolaa7e!tai!tai!a17il+1a+!srang",
    "11n11metadustin111111111111111111111111o",
    "aotruoanolosoisilossoisiloisitstaceyasta",
    "aaa+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "1!|7+il1+|7+il1!|7+il1!|",
    "1!|7+il1!|7+il1!1!v|",
    "++1!7al7|t77la+s!7en",
    "111111111111h|rdaaaaaaaaaaaaaaaa",
    "$!|477l15+@f3w4a",
    "9+|7+il1!+@mar4m",
    "!@5{451$|7<(",
    "$+1i5|7!69",
)
"""The worst that an hour of hill climbing found for each length that is estimated."""
OWN = (
    ("ada.lovelace@example.com", "Harbour"),
    ("a.aa.aaa.aaaa.aaaaa.aaaaaa@aaaaaaaaaa.aaaaaaaaa.aaaaaaaa.aaaaaaa.com", "Harbour"),
    ("1.111.1111.11111.111111@1111111.11111111.111111111.com", "aaa aaaa aaaaa", "Harbour"),
    (f"{'x1.' * 60}@{'y2.' * 20}example.com"[:254], "il1 1il 7l7 l7l", "aaa 444 4a4", "Harbour"),
)


def inputs(count: int, seed: int = 1) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return so many passwords with what is known of their owner, the same for each seed."""
    chance = random.Random(seed)  # noqa: S311 - passwords of nobody
    words = [word for words in FREQUENCY_LISTS.values() for word in list(words)[:400]]
    for number in range(count):
        made = (_mutant, _kinds, _words, _reversed, _period, _digits, _dates, _keys, _unicode, _own)
        text = made[number % len(made)](chance, words)
        yield (text * LENGTH)[:LENGTH], chance.choice(OWN)


def _mutant(chance: random.Random, words: list[str]) -> str:
    text = chance.choice(FOUND)
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(("1", "|", "a", *words)) + text[place + 1 :]
    return text


def _kinds(chance: random.Random, _words: list[str]) -> str:
    signs = chance.sample(LOOK_ALIKES, chance.randrange(1, 21)) + list("aeilost")
    return "".join(chance.choice(signs) for _ in range(LENGTH))


def _words(chance: random.Random, words: list[str]) -> str:
    signs = chance.sample(LOOK_ALIKES, chance.randrange(1, 21))
    return "".join(_dressed(chance, chance.choice(words), signs) for _ in range(20))


def _reversed(chance: random.Random, words: list[str]) -> str:
    return _words(chance, words)[::-1].upper() if chance.random() < 1 / 2 else "".join(words[:9])


def _period(chance: random.Random, words: list[str]) -> str:
    part = chance.choice((*PERIODS, chance.choice(words), _kinds(chance, words)[:5]))
    return part * LENGTH


def _digits(chance: random.Random, _words: list[str]) -> str:
    most = chance.randrange(2, 11)
    return "".join(chance.choice("0123456789"[:most]) for _ in range(LENGTH))


def _dates(chance: random.Random, _words: list[str]) -> str:
    sign = chance.choice(("", "-", "/", "."))
    year, month, day = (
        chance.randrange(1950, 2030),
        chance.randrange(1, 13),
        chance.randrange(1, 29),
    )
    return chance.choice(
        (f"{year}{sign}{month}{sign}{day}", f"{day:02}{sign}{month:02}{sign}{year}")
    )


def _keys(chance: random.Random, _words: list[str]) -> str:
    runs = (chance.choice(RUNS)[chance.randrange(9) :] for _ in range(9))
    return "".join(run[::-1] if chance.random() < 1 / 2 else run for run in runs)


def _unicode(chance: random.Random, _words: list[str]) -> str:
    start = chance.choice((0x0410, 0x0660, 0x4E00, 0x1F600, 0x0966, 0x00C0, 0x0130))
    return "".join(chr(start + chance.randrange(12)) for _ in range(LENGTH))


def _own(chance: random.Random, _words: list[str]) -> str:
    parts = chance.choice(OWN)[0].replace("@", ".").split(".")
    return "".join(chance.choice(parts) + chance.choice("aq17!") for _ in range(LENGTH))


def _dressed(chance: random.Random, word: str, signs: list[str]) -> str:
    return "".join(
        chance.choice(fit)
        if chance.random() < 1 / 2 and (fit := [s for s in L33T_TABLE.get(c, ()) if s in signs])
        else c
        for c in word
    )

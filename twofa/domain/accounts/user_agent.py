"""A readable name for a browser from its User-Agent header: for its owner to read, no proof."""

import re

# The first match counts: most browsers also name the earlier ones they are compatible with.
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
KINDS = {"iPhone": "phone", "Android": "phone", "iPad": "tablet"}


def name(said: str) -> tuple[str, str]:
    """Parse a User-Agent into names of browser and system for an account's owner, "" if unknown."""
    return _first(BROWSERS, said), _first(SYSTEMS, said)


def kind(system: str) -> str:
    """Return the kind of a device by the name of its system: phone, tablet or computer."""
    return KINDS.get(system, "computer")


def _first(known: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for name, shape in known if re.search(shape, said)), "")

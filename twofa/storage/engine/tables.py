"""Every table: all modules here are imported once, so that migrations and relations know them."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sqlalchemy.orm import configure_mappers

_HERE = str(Path(__file__).parent)
ALL = tuple(import_module(f"{__package__}.{found.name}") for found in iter_modules([_HERE]))


def configure() -> None:
    """Relate them to each other before a server forks: each worker would do it at its start."""
    configure_mappers()

"""Every table: storage is imported once, so that migrations and relations know them."""

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy.orm import configure_mappers

from twofa import storage

ALL = tuple(
    import_module(found.name)
    for found in walk_packages(storage.__path__, f"{storage.__name__}.")
    if not found.ispkg
)


def configure() -> None:
    """Relate them to each other before a server forks: each worker would do it at its start."""
    configure_mappers()

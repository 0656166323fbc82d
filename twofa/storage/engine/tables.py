"""Every table: imports all of storage, so that migrations and mappers know them."""

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy.orm import configure_mappers

from twofa import storage

ALL = tuple(
    import_module(module.name)
    for module in walk_packages(storage.__path__, f"{storage.__name__}.")
    if not module.ispkg
)


def configure() -> None:
    """Configure SQLAlchemy's mappers before a server forks; otherwise each worker does at start."""
    configure_mappers()

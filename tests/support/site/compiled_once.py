"""What the worlds of one process share, since all would compile the same: most of a world's start.

The program compiles these once, when a worker starts; tests start it a thousand times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from werkzeug.routing import Rule


class Templates(BytecodeCache):
    """Templates compiled once for a process, whichever world asks first."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self.kept[bucket.key, bucket.checksum] = bucket.code


class Statements(dict):
    """SQL compiled once for a kind of database: SQLAlchemy asks with the dialect of an engine."""

    def get(self, key: tuple, default: object = None) -> object:
        """Give what was compiled for any engine of this kind."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple, compiled: object) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


STATEMENTS = Statements()


def share_statements(engine: Engine) -> None:
    """Let an engine use what the engines before it compiled."""
    engine._compiled_cache = STATEMENTS


def _builders(compile_builder: Callable) -> Callable:
    """Wrap the method that compiles how a route's URLs are built: by its pattern alone."""
    kept: dict[tuple[object, ...], Callable] = {}

    def build(rule: Rule, append_unknown: bool = True) -> Callable:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, append_unknown, *rule._trace)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return build


@contextmanager
def sharing() -> Iterator[None]:
    """Share compiled templates and routes among all worlds that are made meanwhile."""
    options, compile_builder = Flask.jinja_options, Rule._compile_builder
    Flask.jinja_options = {**options, "bytecode_cache": Templates()}
    Rule._compile_builder = _builders(compile_builder)
    try:
        yield
    finally:
        Flask.jinja_options, Rule._compile_builder = options, compile_builder

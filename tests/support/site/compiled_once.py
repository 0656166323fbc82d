"""Compiled templates, SQL and routes shared by the worlds of a process: most of a world's start.

The program compiles them once, when a worker starts; tests build the application a thousand times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import Compiled
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
Compile = Callable[..., Builder]


class Templates(BytecodeCache):
    """A bytecode cache of templates for the whole process."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a compiled template."""
        assert bucket.code is not None
        self.kept[bucket.key, bucket.checksum] = bucket.code


class Statements(dict[tuple[Any, ...], Compiled]):
    """Compiled SQL by kind of database, where SQLAlchemy's keys have each engine's own dialect."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """Return the statement compiled for any engine of this kind, or ``default``."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


STATEMENTS = Statements()


def share_statements(engine: Engine) -> None:
    """Make an engine use the statements that others have compiled."""
    engine._compiled_cache = STATEMENTS


def _builders(compile_builder: Compile) -> Compile:
    """Wrap the method that compiles a route's URL builder, cached by the route's pattern."""
    kept: dict[tuple[object, ...], Builder] = {}

    def build(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, append_unknown, *rule._trace)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    return build


@contextmanager
def sharing() -> Iterator[None]:
    """Share compiled templates and routes among all worlds built inside the ``with``."""
    options, compile_builder = Flask.jinja_options, Rule._compile_builder
    Flask.jinja_options = {**options, "bytecode_cache": Templates()}
    Rule._compile_builder = _builders(compile_builder)  # type: ignore[method-assign] # no hook
    try:
        yield
    finally:
        Flask.jinja_options = options
        Rule._compile_builder = compile_builder  # type: ignore[method-assign] # no hook

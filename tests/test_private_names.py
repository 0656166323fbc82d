"""Private names of libraries are used in the modules that may use them, and nowhere else."""

import ast
import importlib
import re

import pytest
from support.source.modules import MODULES, TREES, imports, inside

FENCED = {"adapters.fast", "gateways.http.fast", "storage.engine.fast_select"}
"""What may use libraries' private names, beside the modules of web.fast."""
DOCUMENTED = {"_get_current_object", "_mapping", "_replace", "_typeshed"}
"""Names that libraries document, although they begin with an underscore."""
UNDOCUMENTED = {"prometheus_client.mmap_dict"}
PRIVATE = re.compile("_(?!_)")


def is_fenced(name: str) -> bool:
    """Return whether a module is one of those that hold the tricks for speed."""
    return inside(name) in FENCED or inside(name).startswith("web.fast.")


def private_names(tree: ast.AST) -> set[str]:
    """Return the private names of other modules that a module uses: by dot, text or import."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
            case ast.ImportFrom(module=str(module), names=names):
                found |= {*module.split("."), *(alias.name for alias in names)}
            case ast.Import(names=names):
                found |= {part for alias in names for part in alias.name.split(".")}
    return {name for name in found if PRIVATE.match(name)} - DOCUMENTED


@pytest.mark.parametrize("name", MODULES)
def test_private_names_of_libraries_are_used_behind_the_fence_alone(name):
    assert is_fenced(name) or not private_names(TREES[name])
    assert is_fenced(name) or not UNDOCUMENTED & {
        *imports(name), *(one.rpartition(".")[0] for one in imports(name))
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MODULES if inside(name) != "worker"])
def test_private_names_of_libraries_are_overridden_nowhere(name):
    # The worker connects as soon as it is loaded, and has no classes.
    for written in (node for node in TREES[name].body if isinstance(node, ast.ClassDef)):
        kind = getattr(importlib.import_module(name), written.name)
        theirs = [base for base in kind.__mro__ if base.__module__.split(".")[0] != "twofa"]
        for node in written.body:
            mine = getattr(node, "name", "")
            assert not (PRIVATE.match(mine) and any(mine in vars(base) for base in theirs)), mine


@pytest.mark.parametrize("name", [name for name in MODULES if is_fenced(name)])
def test_what_is_fenced_says_what_it_saves_and_can_be_turned_off(name):
    words = ast.get_docstring(TREES[name])
    assert all(word in words for word in ("\nBypasses: ", "\nSaves: ", "Off: ``ENABLED = False``"))
    assert importlib.import_module(name).ENABLED is True


def test_the_check_of_private_names_finds_each_way_to_use_one():
    for code in (
        "limiter._limits", "super()._parse(text)", "self.app._hooks", "getattr(app, '_hooks')",
        "from flask._internal import x", "from flask import _x", "import flask._internal",
    ):  # fmt: skip
        assert private_names(ast.parse(code)), code
    for code in ("self._mine", "row._mapping", "self.__dict__", "import __future__", "one.two"):
        assert not private_names(ast.parse(code)), code

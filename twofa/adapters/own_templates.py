"""The operator's own templates: which of ours they replace, and what is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

OURS = "ours"
"""The folder under which a template finds the one of ours that it replaces."""
KINDS = (".html", ".txt")


@dataclass(frozen=True, slots=True)
class Review:
    """The result of a look through the operator's templates."""

    replaced: tuple[str, ...]
    """Names of our templates that theirs replace."""
    faults: tuple[str, ...]
    """What would break a page or a mail, one sentence each."""
    notes: tuple[str, ...]
    """What looks like a mistake."""


class OwnTemplatesError(Exception):
    """Templates of the operator's that can't be used; the faults are those of the review."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def loader(own: Path, ours: Path) -> jinja2.BaseLoader:
    """Return the loader of templates in which ``own`` come first and ours keep a name."""
    rest = jinja2.FileSystemLoader(ours)
    own_first = [jinja2.PrefixLoader({OURS: rest}), jinja2.FileSystemLoader(own), rest]
    return jinja2.ChoiceLoader(own_first)


def review(environment: jinja2.Environment, own: Path, ours: Path) -> Review:
    """Read and compile each of the operator's templates, as ``environment`` will at first use."""
    present, known = _names(own), _names(ours)
    trees: dict[str, nodes.Template] = {}
    faults = []
    for name in present:
        try:
            text = (own / name).read_text("utf-8")
            environment.compile(text, name)
            trees[name] = environment.parse(text)
        except OSError:
            faults.append(f"{name} can't be read")
        except UnicodeDecodeError:
            faults.append(f"{name} is no UTF-8 text")
        except jinja2.TemplateSyntaxError as wrong:
            faults.append(f"{name}, line {wrong.lineno}: {' '.join(str(wrong.message).split())}")
    drawn_on = {name: set(meta.find_referenced_templates(tree)) for name, tree in trees.items()}
    originals = {f"{OURS}/{name}" for name in known}
    for name, tree in trees.items():
        asked = {one for one in drawn_on[name] if one and one.startswith(f"{OURS}/")}
        faults += [f"{name} needs {one}, which isn't there" for one in sorted(asked - originals)]
        if name in known and Path(name).name.startswith("_"):  # ours take macros from it
            original = environment.parse((ours / name).read_text("utf-8"))
            lacks = {macro.name for macro in original.find_all(nodes.Macro)} - _exported(tree)
            faults += [f"{name} lacks the macro {one} of ours" for one in sorted(lacks)]
    used = {one for names in drawn_on.values() for one in names}
    strangers = [name for name in present if name not in known and name not in used]
    return Review(
        tuple(name for name in present if name in known),
        tuple(faults),
        tuple(f"{name} replaces none of ours, and no other draws on it" for name in strangers),
    )


def _names(folder: Path) -> list[str]:
    """Return the names of the templates in a folder; hidden files and other kinds aren't any."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        name.as_posix()
        for name in names
        if name.suffix in KINDS and not any(part.startswith(".") for part in name.parts)
    )


def _exported(tree: nodes.Template) -> set[str]:
    """Return the names that other templates can import from one."""
    assigned = (part.target for part in tree.body if isinstance(part, nodes.Assign))
    named = {target.name for target in assigned if isinstance(target, nodes.Name)}
    return named | {macro.name for macro in tree.find_all(nodes.Macro)}

"""SVG files, read strictly: nothing in them may run, move or lead outside the file.

Elements are allowed by name, so that what a browser learns tomorrow is refused until then.
"""

import re
from xml.parsers import expat

SVG, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/XML/1998/namespace"
_NAMES = (
    "svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon"
    " text tspan textPath linearGradient radialGradient stop pattern clipPath mask marker filter"
    " feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting"
    " feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR"
    " feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting"
    " feSpotLight feTile feTurbulence"
)
DRAWING = frozenset(_NAMES.split())
"""The elements that a logo may have."""
PLAIN = "save it as a plain SVG without it"
OUTSIDE = re.compile(
    r"""url\((?!\s*["']?\#) | \\ | \b(image|image-set|src|cross-fade|element|paint)\(""",
    re.IGNORECASE | re.VERBOSE,
)
"""What leads out of an SVG in a style or an attribute, or hides that it does."""
RULE = re.compile(r"@(?!media\b)", re.IGNORECASE)
LENGTH = re.compile(r"\s*(\d*\.?\d+)\s*(px|pt|pc|mm|cm|in)?\s*")
BOX = re.compile(r"\s*-?[\d.]+[\s,]+-?[\d.]+[\s,]+(\d*\.?\d+)[\s,]+(\d*\.?\d+)\s*")
NAME_MAX = 40


def size(content: bytes) -> tuple[float, float]:
    """Return width and height of a still SVG, in any unit; raise ValueError for anything else.

    The message names the element that isn't allowed.
    """
    file = _File()
    try:
        content.decode("utf-8")
        file.parser.Parse(content, True)
    except (expat.ExpatError, UnicodeDecodeError):
        raise ValueError("can't be read as an SVG: it is no well-formed XML in UTF-8") from None
    if file.repeats_itself():
        raise ValueError("has <use> inside what another <use> repeats: draw it out")
    width, height = file.size
    if not (width and height):
        raise ValueError("has an <svg> with neither width and height nor a viewBox")
    return width, height


class _File:
    """An SVG file that is being parsed; a handler raises ValueError at what isn't allowed."""

    def __init__(self) -> None:
        self.size = (0.0, 0.0)
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open: list[tuple[str, str]] = []  # elements and their ids
        self._uses: list[tuple[str, set[str]]] = []
        self._style = ""

    def repeats_itself(self) -> bool:
        """Return whether a <use> of the SVG is in what another repeats: a few draw millions."""
        targets = {target for target, _ in self._uses}
        return any(targets & around for _, around in self._uses)

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() != "utf-8":
            raise ValueError("must be written in UTF-8")

    def _doctype(self, *_: object) -> None:
        raise ValueError(f"has <!DOCTYPE>, which may define entities: {PLAIN}")

    def _instruction(self, target: str, _data: str) -> None:
        raise ValueError(f"has <?{target[:NAME_MAX]}?>, a processing instruction: {PLAIN}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        if not self._open and (space, element) != (SVG, "svg"):
            raise ValueError(f'must begin with <svg xmlns="{SVG}">')
        if space != SVG or element not in DRAWING:
            raise ValueError(f"has <{element[:NAME_MAX]}>, which no logo needs: {PLAIN}")
        for full, value in attributes.items():
            wrong = _wrong(full, value)
            if wrong:
                attribute = full.rpartition(" ")[2][:NAME_MAX]
                raise ValueError(f"has <{element} {attribute}>, {wrong}: {PLAIN}")
        if not self._open:
            self.size = _size(attributes)
        if element == "use":
            target = next((value for full, value in attributes.items() if _is_href(full)), "")
            self._uses.append((target.strip().removeprefix("#"), {id_ for _, id_ in self._open}))
        self._open.append((element, attributes.get("id", "")))

    def _text(self, text: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self._style += text

    def _end(self, _name: str) -> None:
        if self._open.pop()[0] == "style":
            if OUTSIDE.search(self._style) or RULE.search(self._style):
                raise ValueError(f"has <style> that may load or move something: {PLAIN}")
            self._style = ""


def _is_href(full: str) -> bool:
    return full.rpartition(" ")[2] == "href"


def _wrong(full: str, value: str) -> str:
    """Return what is wrong with an attribute of an SVG element, or ""."""
    space, _, name = full.rpartition(" ")
    if name.lower().startswith("on"):
        return "which runs a script"
    if space == XML and name == "base":
        return "which leads outside"
    if _is_href(full):
        return "" if value.strip().startswith("#") else "which leads outside"
    return "which may lead outside" if OUTSIDE.search(value) else ""


def _size(attributes: dict[str, str]) -> tuple[float, float]:
    """Return the size of a root element: that of its attributes, or else of its viewBox."""
    width, height = (LENGTH.fullmatch(attributes.get(name, "")) for name in ("width", "height"))
    if width and height and width[2] == height[2]:
        return float(width[1]), float(height[1])
    box = BOX.fullmatch(attributes.get("viewBox", ""))
    return (float(box[1]), float(box[2])) if box else (0.0, 0.0)

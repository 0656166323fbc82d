"""India's registered message templates (DLT): carriers drop a message that deviates from its own.

A template has slots, ``{#var#}``, for variable text; everything else must match it exactly, the
last line too.
"""

import re

SLOT = re.compile(r"\{#\w+#\}")
SLOT_MOST = 30
"""Characters that one slot takes; carriers refuse more (their code 635)."""
_SHOWN = 20


def difference(template: str, text: str) -> str:
    """Describe where a text message first deviates from its DLT template; "" where it doesn't."""
    template = template.replace("\r\n", "\n")
    parts = _parts(template)
    if re.fullmatch(_pattern(parts), text):
        return ""
    reached, at = 0, 0
    for count in range(len(parts) + 1):
        beginning = re.match(_pattern(parts[:count]), text)
        if beginning is None:
            break
        reached, at = count, beginning.end()
    wanted = _words("".join(parts[reached:])) if reached < len(parts) else "its end"
    here = _words(text[at:]) if at < len(text) else "its end"
    before = f"after {text[max(0, at - _SHOWN) : at]!r}" if at else "at its beginning"
    if reached and SLOT.fullmatch(parts[reached - 1]):
        before = f"in or after the slot {parts[reached - 1]}"
    return f"{before} the template has {wanted}, the message has {here}"


def _parts(template: str) -> list[str]:
    """Split a template into its slots and, between them, single characters."""
    parts: list[str] = []
    at = 0
    for slot in SLOT.finditer(template):
        parts += [*template[at : slot.start()], slot[0]]
        at = slot.end()
    return [*parts, *template[at:]]


def _pattern(parts: list[str]) -> str:
    slot = f".{{1,{SLOT_MOST}}}?"
    return "".join(slot if SLOT.fullmatch(part) else re.escape(part) for part in parts)


def _words(text: str) -> str:
    return repr(text[:_SHOWN] + ("..." if len(text) > _SHOWN else ""))

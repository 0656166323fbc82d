"""Roles of accounts: one word each, which only an operator's command gives."""

import re

USER = "user"
"""The role of an account that was given no other."""
ADMIN = "admin"
SHAPE = "[a-z][a-z0-9-]{0,19}"
"""The regular expression of a role, which fits its column."""


def is_role(text: str) -> bool:
    """Decide whether a text is a role: a word of 1 to 20 characters, as ``SHAPE`` has it."""
    return re.fullmatch(SHAPE, text) is not None

"""Words that no sentence for people has, with the plain term that replaces each."""

import re

BANNED = {
    r"types? (?:your|the|one|it|in|a|that)|typed|mistyped": "enter",
    r"(?:make|makes|made|making) (?:an|your|the) account": "create an account",
    r"make new ones|making them": "create new codes",
    r"go on|going on|goes on": "continue",
    r"thief|thieves": "someone who ...",
    r"mends?|mended": "fix",
    r"somebody|nobody|everybody|whoever": "someone, no one, everyone, anyone who",
    r"e-mails?|(?:a|the|your|our|by|no|this|of) mails?|mails (?:go|a)|mailed": "email",
    r"our staff": "support, we",
    r"(?:you are|lets? (?:you|them)|letting you) in": "sign in",
    r"phone is gone": "if you lose your phone",
    r"tries left|one try|many tries": "attempts",
    r"(?:code entry|it) rest(?:s|ed)|rests": "locked",
    r"switch(?:es|ed)? (?:off|on)": "turn off, turn on, disable",
    r"every sign-in|sign-ins? (?:has|have|was|were|is) ended|end (?:it|all|every)": "sign out",
    r"isn't taken|is taken|are taken": "accepted",
    r"to see that|so that we know": "to check that",
    r"for ever|for good|anew|not for ever": "permanently, again",
    r"one press|press the button": "select, or name what happens",
    r"a slip|opens nothing|puts? an end": "plain words",
    r"please|whom|hitherto": "nothing",
    r"remembered (?:browser|device)s?|skips? the code": "trusted device",
    r"network address(?:es)?": "IP address",
    r"shut|unshut|lifted": "blocked, unblocked",
    r"the people who run": "support",
    r"otp": "code",
}


def banned_in(text: str) -> list[str]:
    """Return each banned word of a text, with the term to write instead: ``"thief: someone"``."""
    found = ["!: no exclamation marks"] if "!" in text else []
    for words, instead in BANNED.items():
        matches = re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE)
        found += [f"{match[0]}: {instead}" for match in matches]
    return found

"""The answer to a code of which its provider didn't say whether it is right."""

from math import ceil

from twofa.flows.kept_code import Unchecked
from twofa.web.fields import Takes
from twofa.web.language import ngettext

CHECK_AGAIN = 5
"""Seconds after which a provider that gave no answer may be asked again."""


def unsaid(form: Takes, verdict: Unchecked, sentence: object) -> tuple[int, float]:
    """Put beside the code what to do; give the status, and the seconds to wait.

    ``sentence`` names the ways that there are where the provider gave no answer.
    """
    if verdict.pause is None:
        form.fails("code", sentence)
        return 503, CHECK_AGAIN
    wait = ceil(verdict.pause.total_seconds())
    asked = ngettext(
        "Codes come too fast. Wait one second, then type the code again.",
        "Codes come too fast. Wait %(num)s seconds, then type the code again.",
        wait,
    )
    form.fails("code", asked)
    return 429, wait

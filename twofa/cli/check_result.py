"""The result of one check of flask doctor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``mend`` says what to do where it failed.

    A ``note`` is worth a look and no fault: everything works, or may work.
    """

    subject: str
    well: bool
    words: str
    mend: str = ""
    note: bool = False

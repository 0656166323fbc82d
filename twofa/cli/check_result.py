"""What flask doctor says of one thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``mend`` says what to do where it isn't right.

    A ``note`` is worth a look and no fault: everything works, or it may.
    """

    subject: str
    well: bool
    words: str
    mend: str = ""
    note: bool = False

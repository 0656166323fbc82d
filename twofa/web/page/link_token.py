"""The token of a mailed link, as a part of a route."""

from werkzeug.routing import BaseConverter

from twofa.domain.sessions import tokens


class LinkToken(BaseConverter):
    """The token of a mailed link, whatever a mail program or a hand added behind it.

    It is read by its own alphabet and length; the rest is ignored.
    """

    regex = "(?!resend$).+"  # the address beside it that takes a POST alone
    part_isolating = False

    def to_python(self, value: str) -> str:
        """Return the token; a text that is none stays as it is, and opens nothing."""
        return tokens.first(value)

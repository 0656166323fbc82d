"""URL converter for the token of an email link."""

from werkzeug.routing import BaseConverter

from twofa.domain.sessions import tokens


class LinkToken(BaseConverter):
    """The token of an email link, with any text that a mail program or person added after it.

    The token is recognized by its alphabet and length; the rest is ignored.
    """

    regex = "(?!resend$).+"  # the neighbouring POST-only route
    part_isolating = False

    def to_python(self, value: str) -> str:
        """Return the token in an email link's page URL; other text as it is, matching no link."""
        return tokens.first(value)

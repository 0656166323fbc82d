"""Fields that several forms have; they check shape and nothing else."""

from typing import TYPE_CHECKING, Any, Protocol

import wtforms
from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField, ValidationError
from wtforms.validators import StopValidation

from twofa.domain.accounts import email_addresses, person_names
from twofa.domain.log_event import Trace
from twofa.web.http import request_log
from twofa.web.sessions import browser
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext
from twofa.web.text.sentences import ENTER_EMAIL

TEXT_MAX = 4096
NO_ADDRESS = _("That doesn't look like an e-mail address. It reads like name@example.com.")
ASCII_ONLY = _(
    "Our mail server can't send to an address with accents or other letters than a to z before "
    "the @. Use another address."
)

if TYPE_CHECKING:  # Flask-WTF has no types

    class Base(wtforms.Form):
        """What Flask-WTF adds to a form."""

        def is_submitted(self) -> bool:
            """Whether the request is a POST."""
            ...

        def validate_on_submit(self) -> bool:
            """Whether the request is a POST and every shape is right."""
            ...

else:
    Base = FlaskForm


class Takes(Protocol):
    """Whatever takes a sentence about a field: a form, or an answer in JSON."""

    def fails(self, field: str, sentence: object) -> None:
        """Take it."""
        ...


class Form(Base):
    """A form of ours. The CSRF token is checked for the whole application, not again here."""

    class Meta:
        """No second CSRF check, and nothing but what was typed."""

        csrf = False

        def wrap_formdata(self, _form: object, formdata: object) -> object:
            """Give the typed fields: a file or a JSON value is no text, whatever its name."""
            return request.form if formdata is not None and request.method == "POST" else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every shape; what is wrong is traced by its name, never by its value."""
        fine: bool = super().validate(extra_validators)
        if not fine:
            fields = " ".join(self.errors)
            request_log.note(Trace.INPUT_VALIDATION_FAIL, f"{type(self).__name__} {fields}")
        return fine

    def point(self) -> None:
        """Say which field takes the focus: the first with an error, or whichever the page likes."""
        first = next((field.name for field in self if field.errors), None)
        for field in self:
            field.focus = None if first is None else field.name == first  # type: ignore[attr-defined]  # read by the macros

    def fails(self, field: str, sentence: object) -> None:
        """Put an error beside a field, found after the shapes were right."""
        self[field].errors = [*self[field].errors, str(sentence)]


class SignOutForm(Form):
    """Whether a change to the account signs every other device out: offered ticked."""

    sign_out_others = BooleanField(default=True)


def given(sentence: Any) -> Any:
    """Ask for a value, with this sentence where there is none."""

    def check(_form: object, field: Field) -> None:
        if not field.data or not str(field.data).strip():
            field.errors = []
            raise StopValidation(str(sentence))

    check.field_flags = {"required": True}  # type: ignore[attr-defined]  # wtforms' way
    return check


def at_most(length: int) -> Any:
    """Refuse longer values, without repeating them."""

    def check(_form: object, field: Field) -> None:
        if field.data and len(field.data) > length:
            field.data = ""
            raise StopValidation(
                gettext("That is too long: at most %(length)s characters.", length=length)
            )

    return check


def readable(_form: object, field: Field) -> None:
    """Refuse what no keyboard makes: NUL, control characters, halves of characters."""
    text = field.data or ""
    if any(c < " " or "\ud800" <= c <= "\udfff" or c in "\x7f\ufffd" for c in text):
        field.data = ""
        raise StopValidation(gettext("That has characters that we can't read. Type it again."))


def address(_form: object, field: Field) -> None:
    """Refuse what is no e-mail address, or none that we can send to."""
    field.data = address_in(field.data)


def address_in(typed: str) -> str:
    """Return the e-mail address that was typed, in its usual form.

    Raises ValidationError, with a sentence for people, where it is none, or where our mail server
    can't send to it. No account is looked at.
    """
    services = browser.services()
    found = email_addresses.read(typed, allowed=services.policy.email_domains)
    if found is None:
        raise ValidationError(str(NO_ADDRESS))
    if email_addresses.needs_smtputf8(found) and not services.mailer.speaks_smtputf8():
        raise ValidationError(str(ASCII_ONLY))
    return found


def name(_form: object, field: Field) -> None:
    """Keep of a name what can be seen; before ``given``, which asks for what is left."""
    field.data = person_names.clean(field.data or "")


def tabs_as_spaces(value: Any) -> Any:
    """Return a pasted code with its tabs as spaces, so that ``readable`` takes it."""
    return value.replace("\t", " ") if isinstance(value, str) else value


def strip(value: Any) -> Any:
    """Drop spaces around what was typed."""
    return value.strip() if isinstance(value, str) else value


def email_field() -> StringField:
    """Return the field of an address that is to be an account's."""
    return StringField(
        filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable, address]
    )

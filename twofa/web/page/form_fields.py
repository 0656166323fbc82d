"""Fields and validators of several forms; they check only the shape of input."""

from typing import TYPE_CHECKING, Any, Protocol

import wtforms
from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField, ValidationError
from wtforms.validators import StopValidation

from twofa.domain.accounts import email_addresses, person_names
from twofa.domain.log_event import LogEvent
from twofa.web.http import request_log
from twofa.web.sessions import browser
from twofa.web.text.counted_sentences import too_long
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext
from twofa.web.text.sentences import ENTER_EMAIL

TEXT_MAX = 4096
NO_ADDRESS = _("Enter an email address in the format name@example.com.")
ASCII_ONLY = _(
    "We can't send email to an address with accents or letters other than a to z before "
    "the @. Use a different address."
)

if TYPE_CHECKING:  # Flask-WTF has no types

    class Base(wtforms.Form):
        """Types of the methods that Flask-WTF adds to a form."""

        def is_submitted(self) -> bool:
            """Return whether the form's request is a POST."""
            ...

        def validate_on_submit(self) -> bool:
            """Return whether the form's request is a POST and every field is valid."""
            ...

else:
    Base = FlaskForm


class Takes(Protocol):
    """A receiver of field errors: a form or a JSON response."""

    def fails(self, field: str, sentence: object) -> None:
        """Add an error to a field of a form or of a JSON response."""
        ...


class Form(Base):
    """The base of our forms. The CSRF token is checked for the whole application, not here."""

    class Meta:
        """Options of WTForms: no second CSRF check, and text fields only."""

        csrf = False

        def wrap_formdata(self, _form: object, formdata: object) -> object:
            """Return the form's text fields only: files and JSON are ignored."""
            return request.form if formdata is not None and request.method == "POST" else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every form field; invalid ones are logged by name, never by value."""
        fine: bool = super().validate(extra_validators)
        if not fine:
            fields = " ".join(self.errors)
            request_log.note(LogEvent.INPUT_VALIDATION_FAIL, f"{type(self).__name__} {fields}")
        return fine

    def point(self) -> None:
        """Set the focus to the form's first field with an error, or leave it to the page."""
        first = next((field.name for field in self if field.errors), None)
        for field in self:
            field.focus = None if first is None else field.name == first  # type: ignore[attr-defined]  # read by the macros

    def fails(self, field: str, sentence: object) -> None:
        """Add an error to a form's field, after validation."""
        self[field].errors = [*self[field].errors, str(sentence)]


class SignOutForm(Form):
    """The choice to sign out every other device after a change: ticked by default."""

    sign_out_others = BooleanField(default=True)


def given(sentence: Any, *, if_posted: bool = False) -> Any:
    """Return a form field's validator that requires a value, with this sentence as error.

    ``if_posted`` accepts a form without the field, where some pages don't ask for it.
    """

    def check(_form: object, field: Field) -> None:
        if if_posted and not field.raw_data:
            return
        if not field.data or not str(field.data).strip():
            field.errors = []
            raise StopValidation(str(sentence))

    return _flagged(check, empty=sentence)


def _flagged(check: Any, **flags: object) -> Any:
    """Return a validator with flags: sentences that submit.js shows before a form is sent."""
    check.field_flags = flags
    return check


def at_most(length: int) -> Any:
    """Return a form field's validator of the length in characters; it clears longer values."""

    def check(_form: object, field: Field) -> None:
        if field.data and len(field.data) > length:
            field.data = ""
            raise StopValidation(too_long(length))

    return _flagged(check, most=length)


def readable(_form: object, field: Field) -> None:
    """Refuse and clear a form field with control, surrogate or replacement characters."""
    text = field.data or ""
    if any(c < " " or "\ud800" <= c <= "\udfff" or c in "\x7f\ufffd" for c in text):
        field.data = ""
        raise StopValidation(gettext("Remove special characters and try again."))


def address(_form: object, field: Field) -> None:
    """Refuse an invalid email address in a form field, or one that the server can't mail to."""
    field.data = address_in(field.data)


_flagged(address, shape=NO_ADDRESS)


def address_in(typed: str) -> str:
    """Return an email address typed into a form field, in its normalized form.

    Raise ValidationError, with a sentence for people, where it is invalid, or where our mail
    server can't send to it. No account is looked up.
    """
    services = browser.services()
    email = email_addresses.read(typed, allowed=services.policy.email_domains)
    if email is None:
        raise ValidationError(str(NO_ADDRESS))
    if email_addresses.needs_smtputf8(email) and not services.mailer.speaks_smtputf8():
        raise ValidationError(str(ASCII_ONLY))
    return email


def name(_form: object, field: Field) -> None:
    """Remove invisible characters from a form's name field; to be placed before ``given``."""
    field.data = person_names.clean(field.data or "")


def tabs_as_spaces(value: Any) -> Any:
    """Return a form field's pasted code with spaces for tabs, as ``readable`` accepts it."""
    return value.replace("\t", " ") if isinstance(value, str) else value


def strip(value: Any) -> Any:
    """Strip surrounding whitespace from a form field."""
    return value.strip() if isinstance(value, str) else value


def email_field() -> StringField:
    """Return the form field of an email address."""
    return StringField(
        filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable, address]
    )

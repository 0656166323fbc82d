"""The form that takes a phone number, and asks which one is meant where it is ambiguous."""

from wtforms import StringField

from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault
from twofa.web.page import countries
from twofa.web.page.form_fields import Form, at_most, given, readable, strip
from twofa.web.text.sentences import PHONE_FAULT


class NumberForm(Form):
    """A phone number, and its country for a number in national format."""

    phone = StringField(
        filters=[strip], validators=[given(PHONE_FAULT[PhoneFault.MISSING]), at_most(64), readable]
    )
    country = StringField(filters=[strip], validators=[at_most(3), readable])
    readings: tuple[tuple[str, str, str], ...] = ()
    """The possible numbers: E.164, as people write it, and the country's name."""

    def fill(self, e164: str | None) -> None:
        """Fill in a number that was entered before, and its country."""
        if e164:
            self.phone.data, self.country.data = e164, phones.region_of(e164)

    def take(self, parsed: Phone | PhoneFault | Ambiguous) -> Phone | None:
        """Return the form's number, or None after adding an error or the choice of numbers."""
        match parsed:
            case Phone():
                return parsed
            case PhoneFault():
                self.fails("phone", PHONE_FAULT[parsed])
            case Ambiguous(numbers):
                self.readings = tuple(
                    (e164, phones.written(e164), countries.name_of(phones.region_of(e164)))
                    for e164 in numbers
                )
        return None

"""The form that takes a phone number, and asks which one is meant where there are two."""

from wtforms import StringField

from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault
from twofa.web.page import countries
from twofa.web.page.form_fields import Form, at_most, readable, strip
from twofa.web.text.sentences import PHONE_FAULT


class NumberForm(Form):
    """A phone number, and its country where it is typed without its code."""

    phone = StringField(filters=[strip], validators=[at_most(64), readable])
    country = StringField(filters=[strip], validators=[at_most(3), readable])
    readings: tuple[tuple[str, str, str], ...] = ()
    """E.164, the number as people write it, and its country's name, for each reading."""

    def take(self, found: Phone | PhoneFault | Ambiguous) -> Phone | None:
        """Return the number; None where the page has to be shown again, with error or question."""
        match found:
            case Phone():
                return found
            case PhoneFault():
                self.fails("phone", PHONE_FAULT[found])
            case Ambiguous(numbers):
                self.readings = tuple(
                    (e164, phones.written(e164), countries.name_of(phones.region_of(e164)))
                    for e164 in numbers
                )
        return None

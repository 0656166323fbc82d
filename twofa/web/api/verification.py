"""/api/send-otp, /api/verify-otp, /api/otp-status, /api/subjects: verification by programs."""

import ipaddress
import re
import unicodedata

from flask import Blueprint, Response, g, request

from twofa.domain.errors import AlreadyCompleted
from twofa.domain.otp import challenge
from twofa.domain.sessions.access import Access
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Phone, PhoneFault
from twofa.flows import load_data_keys
from twofa.flows.admin import subjects
from twofa.flows.admin import verification_api as flow
from twofa.flows.context import Caller
from twofa.flows.otp import verify_code
from twofa.storage.admin.api_keys import ApiKey
from twofa.storage.limits.send_limits import Standing
from twofa.web.api import code_error_answers, schemas
from twofa.web.api.delivery_status import sent
from twofa.web.api.input import body, invalid
from twofa.web.api.otp_schemas import (
    A_SUBJECT,
    ENDED,
    LATE,
    NUMBER,
    SENT,
    VERIFIED,
    WRONG,
    NotVerified,
    OtpRequest,
    OtpSent,
    OtpStatus,
    SendOtp,
    Verified,
    VerifyOtp,
)
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.code_step.code_errors import Words
from twofa.web.http import rate_limits
from twofa.web.http.api_answers import Error, Refused, answer, empty, error, refuse
from twofa.web.http.guard import access
from twofa.web.http.route import describes, uncounted
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import COMPLETED, PHONE_FAULT

verification_api = Blueprint("verification_api", __name__, url_prefix="/api")

E164 = re.compile(r"\+?[1-9][0-9]{6,14}", re.ASCII)
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Invisible letters and marks (Unicode property Default_Ignorable_Code_Point)."""
NAMED = re.compile(r"[!-~]{1,255}")
OF_PHONE = "phone_required phone_invalid subject_invalid purpose_invalid"
UNKNOWN = "subject_unknown"


@verification_api.post("/send-otp")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Send a code to a number",
        (OtpSent(SENT, 300),),
        asks=(SendOtp(phone_number=NUMBER, purpose="sign up", client_ip="203.0.113.5"),),
        by=By.KEY,
        refuses={
            400: f"{OF_PHONE} client_ip_invalid idempotency_key_invalid",
            404: UNKNOWN,
            422: "idempotency_key_reused",
            429: "throttled",
            503: "send_failed",
        },
        limited=True,
        headers=(
            (
                "Idempotency-Key",
                "A name of this request. Sent again within 24 hours it sends nothing.",
                "order-1042",
            ),
        ),
    )
)
def send_otp() -> Response:
    """API: send a code to a number for another program; 200 means that it is queued."""
    key = _key()
    name = request.headers.get("Idempotency-Key")
    if name is not None and not NAMED.fullmatch(name):
        sentence = gettext("Idempotency-Key must have 1 to 255 visible characters.")
        raise Refused(400, "idempotency_key_invalid", sentence)
    fields = body(SendOtp)
    phone = _phone(fields, key, new=True)
    caller = _caller(fields.client_ip)
    outcome = flow.send(
        browser.services(), caller, key, phone, aim=_aim(fields.purpose), name=name or ""
    )
    if isinstance(outcome, flow.OtherRequest):
        sentence = gettext("This Idempotency-Key was already used for a different request.")
        raise Refused(422, "idempotency_key_reused", sentence)
    if isinstance(outcome, flow.TooMany):
        sentence = gettext("Too many messages. Try again later.")
        return _with_left(refuse(429, error("throttled", sentence, outcome.wait)), outcome.left)
    return _with_left(answer(OtpSent(SENT, outcome.expires_in)), outcome.left)


@verification_api.post("/verify-otp")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Check the code that a person got",
        (Verified(True, VERIFIED, A_SUBJECT),),
        asks=(VerifyOtp(phone_number=NUMBER, pin="123456", purpose="sign up"),),
        by=By.KEY,
        refuses={
            400: f"{OF_PHONE} pin_required pin_invalid",
            401: "otp_invalid",
            404: UNKNOWN,
            409: "already_completed",
            429: "too_many_attempts",
        },
        failures=((401, WRONG), (409, LATE), (429, ENDED)),
        limited=True,
    )
)
def verify_otp() -> Response:
    """API: check a code for the program that had it sent; a right one is accepted once."""
    key = _key()
    fields = body(VerifyOtp)
    phone = _phone(fields, key, new=False)
    services = browser.services()
    aim = _aim(fields.purpose)
    try:
        checked = flow.check(services, _caller(None), key, phone, aim=aim, typed=fields.pin)
    except AlreadyCompleted:
        late = error("already_completed", str(COMPLETED))
        return refuse(409, late, NotVerified(False, late))
    if isinstance(checked, flow.KeyRevoked):
        raise _no_key()
    row, now = checked.begun, services.clock()
    most = services.policy.code_attempts
    standing = Standing(most, most, 0)
    if row is not None:
        newest = flow.current(services, key, phone, aim) or row
        attempts_left = challenge.attempts_left(newest, services.policy)
        ends = (newest.expires_at - now).total_seconds()
        standing = Standing(most, attempts_left, max(0, int(ends)))
    if isinstance(checked, flow.CodeAccepted):
        verified = Verified(True, gettext(VERIFIED), checked.subject)
        return _with_left(answer(verified), standing)
    status, fault = _fault(checked.verdict)
    if status == 400:  # noqa: PLR2004 - HTTP's
        return refuse(status, fault)
    return _with_left(refuse(status, fault, NotVerified(False, fault)), standing)


@verification_api.post("/otp-status")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Ask where a code is",
        (schemas.Sent("delivered", 25, 290, 5),),
        asks=(OtpStatus(phone_number=NUMBER, purpose="sign up"),),
        by=By.KEY,
        refuses={400: OF_PHONE, 404: f"not_found {UNKNOWN}"},
    )
)
def otp_status() -> Response:
    """API: return the delivery state of the newest code that this key sent to a number."""
    key = _key()
    fields = body(OtpStatus)
    phone = _phone(fields, key, new=False)
    services = browser.services()
    row = flow.current(services, key, phone, _aim(fields.purpose))
    if row is None or not challenge.is_open(row, services.clock()):
        sentence = gettext("No active verification for this number.")
        raise Refused(404, "not_found", sentence)
    return answer(sent(row))


@verification_api.delete("/subjects/<subject>")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Delete a number that this key verified",
        by=By.KEY,
        variables=(("subject", "The name of the number.", A_SUBJECT),),
        refuses={404: UNKNOWN},
    )
)
def forget(subject: str) -> Response:
    """API: delete a subject, and with it the number that it names."""
    key = _key()
    if not subjects.remove(browser.services(), _caller(None), key, subject):
        raise _unknown()
    return empty()


def _key() -> ApiKey:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    services = browser.services()
    load_data_keys.refresh(services.sealer, services.clock())
    is_bearer = scheme.lower() == "bearer" and given.isascii()
    key = flow.known(services, given.strip()) if is_bearer else None
    if key is None:
        raise _no_key()
    return key


def _no_key() -> Refused:
    sentence = gettext("An API key is required: Authorization: Bearer KEY.")
    return Refused(401, "authentication_required", sentence)


def _unknown() -> Refused:
    return Refused(404, UNKNOWN, gettext("This API key has no such subject."))


def _number(fields: OtpRequest, key: ApiKey) -> str:
    """Return the number that a request names by itself or by its subject; raise Refused."""
    number, subject = fields.phone_number, fields.subject
    if (number is None) == (subject is None) or subject == "":
        sentence = gettext('Exactly one of "phoneNumber" and "subject" is required.')
        raise Refused(400, "phone_required", sentence)
    if subject is not None:
        number = subjects.number_of(browser.services(), key, subject)
    if number is None:
        raise _unknown()
    return number


def _phone(fields: OtpRequest, key: ApiKey, *, new: bool) -> Phone:
    typed = _number(fields, key)
    if not E164.fullmatch(typed):
        raise invalid("phoneNumber", PHONE_FAULT[PhoneFault.UNREADABLE])
    policy = browser.services().policy
    parsed = phones.parse_e164(typed, policy, new=new)
    if isinstance(parsed, Phone) and key.countries and parsed.region not in key.countries:
        parsed = PhoneFault.NOT_SERVED
    if isinstance(parsed, PhoneFault):
        raise invalid("phoneNumber", PHONE_FAULT[parsed])
    return parsed


def _aim(purpose: str | None) -> str:
    """Return a purpose in Unicode NFC; raise Refused unless it is letters, digits, spaces, hyphens.

    It appears in the text message, and so must not hold a link, line break or bidi control.
    """
    if purpose is None:
        return ""
    text = unicodedata.normalize("NFC", purpose)
    kinds = ["" if INVISIBLE.match(c) else unicodedata.category(c) for c in text]
    inside = all(
        kind[:1] in ("L", "M") or kind == "Nd" or c in " -"
        for c, kind in zip(text, kinds, strict=True)
    )
    if not inside or kinds[0][0] == "M" or text[0] in " -" or text[-1] in " -":
        raise invalid("purpose")
    return text


def _caller(address: str | None) -> Caller:
    """Return the caller with the address of the program's user, where it is given."""
    if address is not None:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise invalid("clientIp") from None
    return Caller(address=address or "", request_id=g.get("request_id", ""))


def _fault(verdict: verify_code.Rejection) -> tuple[int, Error]:
    ended = gettext("Too many wrong codes. Request a new code.")
    unchecked = gettext("We couldn't check the code. Try again in a moment.")
    if (
        isinstance(verdict, verify_code.OutOfTries)
        and verdict.ended is not verify_code.Ended.SIGN_IN
    ):
        said = gettext("Too many wrong codes for this number. Try again later.")
        return 429, error("too_many_attempts", said, verdict.wait)
    return code_error_answers.explain(verdict, Words(ended, unchecked), field="pin")


def _with_left(response: Response, left: Standing | None) -> Response:
    if left is not None:
        rate_limits.state(response, left.limit, left.remaining, left.reset)
    return response

"""/api/send-otp, /api/verify-otp and /api/otp-status: numbers verified for other programs."""

import ipaddress
import re
import unicodedata

from flask import Blueprint, Response, g, request

from twofa.domain.errors import AlreadyCompleted
from twofa.domain.otp import challenge
from twofa.domain.sessions.access import Access
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Phone, PhoneFault
from twofa.flows.admin import load_data_keys
from twofa.flows.admin import verification_api as flow
from twofa.flows.context import Caller
from twofa.flows.otp import verify_code
from twofa.storage.admin.api_keys import ApiKey
from twofa.storage.limits.send_limits import Standing
from twofa.web.api import code_error_answers, schemas
from twofa.web.api.delivery_status import sent
from twofa.web.api.input import body, invalid
from twofa.web.api.otp_schemas import (
    ENDED,
    LATE,
    NUMBER,
    SENT,
    VERIFIED,
    WRONG,
    NotVerified,
    OtpSent,
    OtpStatus,
    SendOtp,
    Verified,
    VerifyOtp,
)
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.code_step.code_errors import Words
from twofa.web.http import rate_limits
from twofa.web.http.api_answers import Error, Refused, answer, error, refuse
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
"""Letters and marks that show nothing (Unicode: Default_Ignorable_Code_Point)."""
NAMED = re.compile(r"[!-~]{1,255}")
OF_PHONE = "phone_required phone_invalid purpose_invalid"


@verification_api.post("/send-otp")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Send a code to a number",
        (OtpSent(SENT, 300),),
        asks=(SendOtp(NUMBER, "sign up", "203.0.113.5"),),
        by=By.KEY,
        refuses={
            400: f"{OF_PHONE} client_ip_invalid idempotency_key_invalid",
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
    """Send a code to a number; 200 says that it is queued."""
    key = _key()
    name = request.headers.get("Idempotency-Key")
    if name is not None and not NAMED.fullmatch(name):
        said = gettext("An Idempotency-Key has 1 to 255 visible characters.")
        raise Refused(400, "idempotency_key_invalid", said)
    asked = body(SendOtp)
    phone = _phone(asked.phone_number, key, new=True)
    caller = _caller(asked.client_ip)
    outcome = flow.send(
        browser.services(), caller, key, phone, aim=_aim(asked.purpose), name=name or ""
    )
    if isinstance(outcome, flow.OtherRequest):
        said = gettext("That Idempotency-Key belongs to another request.")
        raise Refused(422, "idempotency_key_reused", said)
    if isinstance(outcome, flow.TooMany):
        said = gettext("Too many messages. Try again later.")
        return _with_left(refuse(429, error("throttled", said, outcome.wait)), outcome.left)
    return _with_left(answer(OtpSent(SENT, outcome.expires_in)), outcome.left)


@verification_api.post("/verify-otp")
@access(Access.PUBLIC, json=True)
@uncounted
@describes(
    Operation(
        "Check the code that a person got",
        (Verified(True, VERIFIED),),
        asks=(VerifyOtp(NUMBER, "123456", "sign up"),),
        by=By.KEY,
        refuses={
            400: f"{OF_PHONE} pin_required pin_invalid",
            401: "otp_invalid",
            409: "already_completed",
            429: "too_many_attempts",
        },
        failures=((401, WRONG), (409, LATE), (429, ENDED)),
        limited=True,
    )
)
def verify_otp() -> Response:
    """Check a code; a right one is right once."""
    key = _key()
    asked = body(VerifyOtp)
    phone = _phone(asked.phone_number, key, new=False)
    services = browser.services()
    aim = _aim(asked.purpose)
    try:
        verdict, begun = flow.check(services, _caller(None), key, phone, aim=aim, typed=asked.pin)
    except AlreadyCompleted:
        late = error("already_completed", str(COMPLETED))
        return refuse(409, late, NotVerified(False, late))
    now = services.clock()
    most = services.policy.code_attempts
    standing = Standing(most, most, 0)
    if begun is not None:
        newest = flow.current(services, key, phone, aim) or begun
        left = challenge.attempts_left(newest, services.policy)
        ends = (newest.expires_at - now).total_seconds()
        standing = Standing(most, left, max(0, int(ends)))
    if isinstance(verdict, verify_code.CodeRight):
        return _with_left(answer(Verified(True, gettext(VERIFIED))), standing)
    status, fault = _fault(verdict)
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
        asks=(OtpStatus(NUMBER, "sign up"),),
        by=By.KEY,
        refuses={400: OF_PHONE, 404: "not_found"},
    )
)
def otp_status() -> Response:
    """Say where the newest code to a number is, of this key's own."""
    key = _key()
    asked = body(OtpStatus)
    phone = _phone(asked.phone_number, key, new=False)
    services = browser.services()
    begun = flow.current(services, key, phone, _aim(asked.purpose))
    if begun is None or not challenge.is_open(begun, services.clock()):
        said = gettext("No code of yours is on its way to that number.")
        raise Refused(404, "not_found", said)
    return answer(sent(begun))


def _key() -> ApiKey:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    services = browser.services()
    load_data_keys.refresh(services.sealer, services.clock())
    is_one = scheme.lower() == "bearer" and given.isascii()
    found = flow.known(services, given.strip()) if is_one else None
    if found is None:
        said = gettext("This needs an API key, as Authorization: Bearer KEY.")
        raise Refused(401, "authentication_required", said)
    return found


def _phone(typed: str, key: ApiKey, *, new: bool) -> Phone:
    if not E164.fullmatch(typed):
        raise invalid("phoneNumber", PHONE_FAULT[PhoneFault.UNREADABLE])
    policy = browser.services().policy
    found = phones.parse_e164(typed, policy, new=new)
    if isinstance(found, Phone) and key.countries and found.region not in key.countries:
        found = PhoneFault.NOT_SERVED
    if isinstance(found, PhoneFault):
        raise invalid("phoneNumber", PHONE_FAULT[found])
    return found


def _aim(purpose: str | None) -> str:
    """Return what a code is for, in one form; it can hold no address, no line and no direction."""
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
    """Say who asks: the program's person, where it tells."""
    if address is not None:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise invalid("clientIp") from None
    return Caller(address=address or "", request_id=g.get("request_id", ""))


def _fault(verdict: verify_code.Rejection) -> tuple[int, Error]:
    ended = gettext("Too many wrong codes. Send a new one.")
    unchecked = gettext("We couldn't check the code just now. Try it again in a moment.")
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

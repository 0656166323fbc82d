"""/api/passkeys: ceremonies, sign-in, fresh proof, and the account's passkeys."""

from datetime import UTC, datetime

from flask import Blueprint, Response, request
from msgspec import UNSET

from twofa.domain.errors import CeremonyExpired, PasskeyRefused
from twofa.domain.passkeys import passkey
from twofa.domain.passkeys.ceremony import CeremonyPurpose
from twofa.domain.sessions.access import Access
from twofa.flows import late_requests
from twofa.flows.passkeys import ceremonies, enrol_passkey, manage_passkeys
from twofa.flows.sign_in import passkey_sign_in, reauthenticate, second_step
from twofa.web.api import passkey_schemas as schemas
from twofa.web.api import token_answer
from twofa.web.api.input import body, invalid
from twofa.web.api.schemas import A_TOKEN, SignedIn
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.http import json_answers, rate_limits
from twofa.web.http.api_answers import Refused, answer, empty, error, refuse
from twofa.web.http.cors import is_named
from twofa.web.http.guard import access, demand, knows_session, takes_token
from twofa.web.http.route import describes
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import PASSKEY_NOT_ADDED, PASSKEY_UNKNOWN

passkey_api = Blueprint("passkey_api", __name__, url_prefix="/api/passkeys")

ID = (("public_id", "The id of the passkey.", "5f0c3a7e9d4b4c1e8f2a6b7c8d9e0f1a"),)
LEVELS = {
    CeremonyPurpose.SIGN_IN: Access.PUBLIC,
    CeremonyPurpose.SECOND_STEP: Access.STEP,
    CeremonyPurpose.PROVE: Access.SIGNED_IN,
    CeremonyPurpose.ADD: Access.FRESH,
    CeremonyPurpose.ADD_KEY: Access.FRESH,
}
"""The access level that each purpose of a ceremony needs."""
REFUSED = "passkey_refused"
UNKNOWN = ((401, schemas.UnknownPasskey(error(REFUSED, str(PASSKEY_UNKNOWN)))),)


@passkey_api.before_request
def refuse_other_sites() -> None:
    """API: refuse pages of other origins: browsers give them no passkey of this host."""
    if is_named():
        raise Refused(
            403, "cross_site", gettext("Passkeys can only be used on the sign-in's own site."),
        )  # fmt: skip


@passkey_api.errorhandler(PasskeyRefused)
def answer_refused(refusal: PasskeyRefused) -> Response:
    """API: refuse a passkey; of one that no account has say so, for the browser drops it then."""
    if request.endpoint == "passkey_api.add_passkey":
        return refuse(401, error(REFUSED, str(PASSKEY_NOT_ADDED)))
    if not refusal.is_unknown:
        return json_answers.of_refusal(refusal)
    fault = error(REFUSED, str(PASSKEY_UNKNOWN))
    return refuse(401, fault, schemas.UnknownPasskey(fault))


@passkey_api.post("/options")
@access(Access.PUBLIC, json=True)
@knows_session
@takes_token
@describes(
    Operation(
        "Begin a ceremony: sign in, second step, fresh proof, or a new passkey",
        (schemas.CeremonyOptions(schemas.A_CEREMONY, {"challenge": "AQID"}, 300),),
        asks=(schemas.AskedOptions("sign_in"),),
        by=By.MAYBE,
        refuses={
            400: "purpose_required purpose_invalid",
            401: f"authentication_required {REFUSED}",
            403: "otp_required twofa_required fresh_proof_required",
            409: "too_many_passkeys email_unconfirmed",
        },
        limited=True,
    )
)
def passkey_options() -> Response:
    """API: begin a ceremony; a guest's signs in and writes nothing."""
    purpose = CeremonyPurpose(body(schemas.AskedOptions).purpose)
    refusal = demand(LEVELS[purpose], sets_up=True)
    if refusal is not None:
        return refusal
    services = browser.services()
    if purpose is CeremonyPurpose.SIGN_IN:
        begun = ceremonies.begin_guest(services, browser=browser.form())
    else:
        begun = ceremonies.begin(services, browser.sign_in(), purpose)
    return answer(schemas.CeremonyOptions(begun.token, begun.options, begun.expires_in))


@passkey_api.post("/sign-in")
@access(Access.PUBLIC, json=True)
@knows_session
@takes_token
@describes(
    Operation(
        "Sign in with a passkey, or take one as the second step",
        (SignedIn(A_TOKEN),),
        asks=(schemas.PasskeySignIn(schemas.A_CEREMONY, schemas.A_CREDENTIAL, token=True),),
        by=By.MAYBE,
        refuses={
            400: "ceremony_required ceremony_invalid credential_required credential_invalid "
            "ceremony_expired",
            401: REFUSED,
            409: "already_completed",
        },
        failures=UNKNOWN,
        limited=True,
    )
)
def sign_in_with_passkey() -> Response:
    """API: sign in with a passkey's answer, or complete the pending sign-in with it."""
    fields = body(schemas.PasskeySignIn)
    services, caller, old = browser.services(), browser.caller(), browser.maybe_sign_in()
    begun = ceremonies.find(services, old, fields.ceremony) if old is not None else None
    if old is not None and begun is not None:
        outcome = second_step.with_passkey(
            services, caller, old, token=browser.token(), ceremony_token=fields.ceremony,
            credential=fields.credential,
        )  # fmt: skip
        return token_answer.signed_in(outcome, second_step=True, token=fields.token)
    try:
        outcome = passkey_sign_in.with_passkey(
            services, caller, ceremony_token=fields.ceremony, credential=fields.credential,
            browser=browser.form(), remember=fields.remember, old=old,
        )  # fmt: skip
    except CeremonyExpired:
        late_requests.check_replaced(services, browser.token())
        raise
    return token_answer.signed_in(outcome, second_step=True, token=fields.token)


@passkey_api.post("/prove")
@access(Access.SIGNED_IN, json=True, sets_up=True)
@takes_token
@describes(
    Operation(
        "Take a passkey as fresh proof",
        (schemas.Proved(A_TOKEN),),
        asks=(schemas.PasskeyProof(schemas.A_CEREMONY, schemas.A_CREDENTIAL),),
        by=By.SESSION,
        refuses={
            400: "ceremony_required ceremony_invalid credential_required credential_invalid "
            "ceremony_expired",
            401: REFUSED,
            403: "otp_required",
            409: "already_completed",
        },
        failures=UNKNOWN,
        limited=True,
    )
)
def prove_with_passkey() -> Response:
    """API: reauthenticate by a passkey; the session goes on under a new token."""
    fields = body(schemas.PasskeyProof)
    proved = reauthenticate.with_passkey(
        browser.services(), browser.caller(), browser.sign_in(), token=browser.token(),
        ceremony_token=fields.ceremony, credential=fields.credential,
    )  # fmt: skip
    if browser.is_by_header():
        return answer(schemas.Proved(proved.token))
    browser.go_on(proved.token, second_step=True)
    return answer(schemas.Proved())


@passkey_api.post("")
@access(Access.FRESH, json=True, sets_up=True)
@takes_token
@describes(
    Operation(
        "Add a passkey or a security key",
        (schemas.AddedPasskey("5f0c3a7e9d4b4c1e8f2a6b7c8d9e0f1a", "Laptop", A_TOKEN),),
        asks=(schemas.NewPasskey(schemas.A_CEREMONY, schemas.A_CREDENTIAL, "Laptop"),),
        by=By.SESSION,
        status=201,
        refuses={
            400: "ceremony_required ceremony_invalid credential_required credential_invalid "
            "nickname_required nickname_invalid ceremony_expired",
            401: REFUSED,
            403: "otp_required fresh_proof_required",
            409: "passkey_exists too_many_passkeys email_unconfirmed",
        },
        limited=True,
    )
)
def add_passkey() -> Response:
    """API: add a passkey by the answer to a ceremony of this session."""
    fields = body(schemas.NewPasskey)
    nickname = passkey.clean_name(fields.nickname)
    if nickname and not passkey.is_usable_name(nickname):  # composed, it may be longer
        raise invalid("nickname")
    added = enrol_passkey.add(
        browser.services(), browser.caller(), browser.sign_in(), token=browser.token(),
        ceremony_token=fields.ceremony, credential=fields.credential,
        nickname=nickname, turns_on=fields.turn_on,
    )  # fmt: skip
    if browser.is_by_header():
        token = added.token or UNSET
        return answer(schemas.AddedPasskey(added.public_id, added.nickname, token), 201)
    if added.token:
        browser.go_on(added.token, second_step=True)
    browser.notice("good", f"{added.kind.value}_added")
    return answer(schemas.AddedPasskey(added.public_id, added.nickname), 201)


@passkey_api.get("")
@access(Access.SIGNED_IN, json=True, sets_up=True)
@takes_token
@describes(
    Operation(
        "List the passkeys of the account",
        (
            schemas.Passkeys(
                [
                    schemas.ListedPasskey(
                        "5f0c3a7e9d4b4c1e8f2a6b7c8d9e0f1a",
                        "Laptop",
                        datetime(2030, 1, 31, 12, tzinfo=UTC),
                        None,
                        True,
                        "passkey",
                    )
                ]
            ),
        ),
        by=By.SESSION,
        refuses={403: "otp_required"},
    )
)
def list_passkeys() -> Response:
    """API: list the passkeys and security keys of the account, the oldest first."""
    rows = [
        schemas.ListedPasskey(
            one.public_id, one.nickname, one.created_at, one.used_at, one.backed_up, one.kind.value
        )
        for one in manage_passkeys.listed(browser.sign_in())
    ]
    return answer(schemas.Passkeys(rows))


@passkey_api.patch("/<string(length=32):public_id>")
@access(Access.SIGNED_IN, json=True, sets_up=True)
@takes_token
@describes(
    Operation(
        "Rename a passkey",
        asks=(schemas.RenamedPasskey("Laptop"),),
        by=By.SESSION,
        refuses={
            400: "nickname_required nickname_invalid", 403: "otp_required", 404: "not_found",
        },
        variables=ID,
        limited=True,
    )
)  # fmt: skip
def rename_passkey(public_id: str) -> Response:
    """API: rename one of the account's passkeys."""
    nickname = passkey.clean_name(body(schemas.RenamedPasskey).nickname)
    if not passkey.is_usable_name(nickname):
        raise invalid("nickname")
    manage_passkeys.rename(
        browser.services(), browser.caller(), browser.sign_in(), public_id, nickname
    )
    return empty()


@passkey_api.delete("/<string(length=32):public_id>")
@access(Access.FRESH, json=True, sets_up=True)
@takes_token
@describes(
    Operation(
        "Remove a passkey",
        by=By.SESSION,
        refuses={
            403: "otp_required fresh_proof_required", 404: "not_found", 409: "last_factor",
        },
        variables=ID,
        limited=True,
    )
)  # fmt: skip
def remove_passkey(public_id: str) -> Response:
    """API: remove one of the account's passkeys, unless it is needed to sign in."""
    manage_passkeys.remove(
        browser.services(), browser.caller(), browser.sign_in(), public_id, sign_out_others=False
    )
    return empty()


passkey_api.after_request(rate_limits.tell)

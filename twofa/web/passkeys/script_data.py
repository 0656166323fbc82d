"""What pages give the script of passkeys: a guest's ceremony, and the state of an account."""

import json
from dataclasses import dataclass

from twofa.domain.errors import PasskeyRefused
from twofa.domain.passkeys import options
from twofa.flows.passkeys import ceremonies, manage_passkeys
from twofa.web.fast import csrf
from twofa.web.sessions import browser


@dataclass(frozen=True, slots=True, repr=False)
class GuestCeremony:
    """A ceremony that the sign-in page carries, so that its script needs no request."""

    token: str
    options: str
    """JSON."""


def guest_ceremony() -> GuestCeremony | None:
    """Begin the passkey ceremony of a sign-in page; None where passkeys are off."""
    csrf.token()  # the cookie has its secret from here on
    try:
        begun = ceremonies.begin_guest(browser.services(), browser=browser.form())
    except PasskeyRefused:
        return None
    return GuestCeremony(begun.token, json.dumps(begun.options))


def signal() -> str:
    """Return what the browser's passkey manager is to know of the account, as JSON; "" for none."""
    known = manage_passkeys.signal(browser.services(), browser.sign_in())
    if known is None:
        return ""
    return json.dumps(
        {
            "rpId": known.rp_id,
            "userId": options.encoded(known.handle),
            "name": known.name,
            "displayName": known.display_name,
            "ids": [options.encoded(one) for one in known.credential_ids],
        }
    )

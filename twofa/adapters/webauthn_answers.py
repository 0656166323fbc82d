"""The verification of what browsers answer to WebAuthn ceremonies: passkeys and security keys.

The library checks each answer; what it leaves to its caller is checked here or in
``domain.passkeys``. ``relying_party`` loads this module at the first answer.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from twofa.domain.passkeys.options import ALGORITHMS, client_data
from twofa.domain.passkeys.passkey import (
    ID_BYTES,
    PUBLIC_KEY_BYTES,
    Asserted,
    NotVerified,
    Registered,
)

TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")


def registered(
    credential: Mapping[str, Any],
    *,
    rp_id: str,
    origins: Sequence[str],
    challenge: bytes,
    verifies: bool,
) -> Registered:
    """Verify what a browser answered to WebAuthn's ``options.creation``. Raise NotVerified.

    ``verifies`` demands that the authenticator verified its user.
    """
    _check_client_data(credential)
    try:
        answer = verify_registration_response(
            credential=json.dumps(credential),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            require_user_verification=verifies,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
        )
        _check_public_key(answer.credential_public_key)
    except Exception as fault:
        raise NotVerified(type(fault).__name__) from fault
    if not 0 < len(answer.credential_id) <= ID_BYTES:
        raise NotVerified("CredentialIdLength")
    if len(answer.credential_public_key) > PUBLIC_KEY_BYTES:
        raise NotVerified("PublicKeyLength")
    return Registered(
        credential_id=answer.credential_id,
        public_key=answer.credential_public_key,
        sign_count=answer.sign_count,
        aaguid=answer.aaguid,
        verified=answer.user_verified,
        backup_eligible=answer.credential_device_type == "multi_device",
        backed_up=answer.credential_backed_up,
        discoverable=_is_discoverable(credential),
        transports=_transports(credential),
    )


def asserted(
    credential: Mapping[str, Any],
    *,
    rp_id: str,
    origins: Sequence[str],
    challenge: bytes,
    public_key: bytes,
    verifies: bool,
) -> Asserted:
    """Verify what a browser answered to WebAuthn's ``options.request``, by a public key.

    Raise NotVerified. The signature counter isn't judged here: the library would do so before it
    verifies the signature.
    """
    _check_client_data(credential)
    try:
        answer = verify_authentication_response(
            credential=json.dumps(credential),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=list(origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=verifies,
        )
    except Exception as fault:
        raise NotVerified(type(fault).__name__) from fault
    return Asserted(
        sign_count=answer.new_sign_count,
        verified=answer.user_verified,
        backup_eligible=answer.credential_device_type == "multi_device",
        backed_up=answer.credential_backed_up,
    )


def _check_client_data(credential: Mapping[str, Any]) -> None:
    if client_data(credential).is_embedded:
        raise NotVerified("CrossOrigin")


def _check_public_key(public_key: bytes) -> None:
    """Raise an error for a key by which no signature can be verified: the library takes any."""
    decoded_public_key_to_cryptography(decode_credential_public_key(public_key))


def _is_discoverable(credential: Mapping[str, Any]) -> bool:
    results = credential.get("clientExtensionResults")
    properties = results.get("credProps") if isinstance(results, Mapping) else None
    return isinstance(properties, Mapping) and properties.get("rk") is True


def _transports(credential: Mapping[str, Any]) -> str:
    response = credential["response"]
    given = response.get("transports")
    named = given if isinstance(given, list) else []
    return " ".join(one for one in TRANSPORTS if one in named)

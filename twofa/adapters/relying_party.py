"""Our side of WebAuthn: the host that passkeys are bound to, and the origins that may use them."""

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Any

from twofa.domain.passkeys.passkey import Asserted, Registered

ANSWERS = "twofa.adapters.webauthn_answers"
"""Loaded at the first answer to a ceremony: its library takes 0.3 s and 15 MiB."""


class RelyingParty:
    """Verifies what browsers answer to ceremonies, for one host."""

    def __init__(self, rp_id: str, name: str, origins: Sequence[str]) -> None:
        self.rp_id, self.name, self._origins = rp_id, name, tuple(origins)

    def registered(
        self, credential: Mapping[str, Any], *, challenge: bytes, verifies: bool
    ) -> Registered:
        """Verify what a browser answered to the relying party's request for a new credential.

        ``verifies`` demands that the authenticator verified its user. Raise NotVerified.
        """
        verify = resolve_name(f"{ANSWERS}:registered")
        new: Registered = verify(
            credential, rp_id=self.rp_id, origins=self._origins, challenge=challenge,
            verifies=verifies,
        )  # fmt: skip
        return new

    def asserted(
        self,
        credential: Mapping[str, Any],
        *,
        challenge: bytes,
        public_key: bytes,
        verifies: bool,
    ) -> Asserted:
        """Verify what a browser answered to the relying party's request, by a public key (COSE).

        ``verifies`` demands that the authenticator verified its user. Raise NotVerified.
        """
        verify = resolve_name(f"{ANSWERS}:asserted")
        right: Asserted = verify(
            credential, rp_id=self.rp_id, origins=self._origins, challenge=challenge,
            public_key=public_key, verifies=verifies,
        )  # fmt: skip
        return right

"""Chromium's virtual authenticators: devices and security keys of a window, without a person."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from support.servers import processes

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    "defaultBackupEligibility": True, "defaultBackupState": True,
}  # fmt: skip
"""A telephone or laptop whose passkeys are synchronised; its owner confirms at once."""
KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False,
    "hasUserVerification": False, "automaticPresenceSimulation": True,
}  # fmt: skip
"""A security key without PIN or fingerprint, touched at once."""
# The only prompt that a page may open by itself; Chromium's own answer depends on the machine.
SUGGESTS = "PublicKeyCredential.isConditionalMediationAvailable = async () => {}"


class VirtualAuthenticator:
    """One authenticator of a window, controlled through Chromium's protocol."""

    def __init__(self, page: Page, *, suggests: bool = False, **options: Any) -> None:
        """Add it to a window; ``suggests`` has the browser suggest its passkeys by itself."""
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        made = self._session.send(
            "WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **options}}
        )
        self._id = made["authenticatorId"]
        page.add_init_script(SUGGESTS.format(str(suggests).lower()))

    def send(self, command: str, **more: Any) -> Any:
        """Send it a command of Chromium's WebAuthn domain."""
        return self._session.send(f"WebAuthn.{command}", {"authenticatorId": self._id, **more})

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """Its credentials."""
        found: list[dict[str, Any]] = self.send("getCredentials")["credentials"]
        return found

    def until(self, holds: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Wait until something holds of its credentials: pages signal changes without waiting."""
        processes.until(lambda: holds(self.credentials))

    def waits(self) -> None:
        """Make it wait for a touch that never comes."""
        self.send("setAutomaticPresenceSimulation", enabled=False)

    def answers(self) -> None:
        """Make its owner confirm at once what it is asked from now on, but not what waits."""
        self.send("setAutomaticPresenceSimulation", enabled=True)

    def claims(self, **bits: bool) -> None:
        """Set what is wrong with its answers: ``isBogusSignature``, ``isBadUV``, ``isBadUP``."""
        self.send("setResponseOverrideBits", **bits)

    def leave(self) -> None:
        """Remove it from the window."""
        self.send("removeVirtualAuthenticator")

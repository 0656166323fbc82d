"""Stepping up: an application demands a passkey of somebody who is signed in."""

from support.passkeys.soft_authenticator import SoftAuthenticator, add, second_step
from support.site.world import PUBLIC_URL, Browser, Person
from support.stories.front_door import Visitor
from support.stories.phone_account import Site
from support.stories.trusted_devices import remember

STEP = f"{PUBLIC_URL}/verify-otp/passkey"


def with_passkey(
    visitor: Browser, *, purpose: str = "add", turn_on: bool = False
) -> SoftAuthenticator:
    """Add a passkey, or a security key by ``add_key``, to a browser's account."""
    assert visitor.prove().status_code == 303
    device = SoftAuthenticator(verified=purpose == "add")
    add(visitor, device, purpose=purpose, turn_on=turn_on)
    return device


def step_up(visitor: Visitor, device: SoftAuthenticator) -> str:
    """Do what the script of the step's page does where a visit ended; return where it leads."""
    assert visitor.hops[-1] == STEP, visitor.hops
    assert visitor.page.heading == "Use your passkey"
    (box,) = visitor.page.all("div", data_passkey="second_step")
    answer = second_step(visitor, device)
    assert answer.json == {"status": "signed_in"}, answer.text
    return str(box.attributes["data-go"])


def trusting(world: Site, person: Person) -> tuple[Visitor, SoftAuthenticator]:
    """Return a trusted device where somebody with a passkey signed in, the step skipped."""
    device = with_passkey(person.browser)
    trusted = world.stranger()
    assert trusted.sign_in(person.email, person.password).location == "/verify-otp/passkey"
    trusted.post("/verify-otp/resend", on="/verify-otp/passkey")
    remember(world, person, trusted)
    trusted.post("/logout", on="/dashboard")
    visitor = Visitor(trusted.world, trusted.address)
    visitor.client = trusted.client
    assert visitor.sign_in(person.email, person.password).location == "/dashboard"
    return visitor, device

"""Pages of passkeys: the account's list, and the offer after a sign-in; their script's data."""

from twofa.web.passkeys import offer, settings_page

BLUEPRINTS = (settings_page.passkeys, offer.passkey_offer)

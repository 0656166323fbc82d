"""POST /webhooks/sms/...: delivery receipts, accepted only from providers."""

from flask import Blueprint, Response, request

from twofa.domain.errors import Contested
from twofa.domain.log_event import LogEvent
from twofa.domain.sessions.access import Access
from twofa.domain.settings import Settings
from twofa.flows.delivery import apply_receipts
from twofa.gateways.http.webhook_request import Posted
from twofa.gateways.provider_receipts import Account
from twofa.web.http import request_log
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.http.route import uncounted
from twofa.web.sessions import browser

webhooks = Blueprint("webhooks", __name__, url_prefix=apply_receipts.PATH)

FORM_BYTES = 16 * 1024
BATCH_BYTES = 256 * 1024
"""A hundred Infobip receipts are about 55 kB."""


@webhooks.post("/<gateway>", endpoint="for_account", defaults={"part": ""})
@webhooks.post("/<gateway>/<part>", endpoint="for_message")
@access(Access.PUBLIC)
@uncounted
def take(gateway: str, part: str) -> Response:
    """Ops webhook: take a provider's receipts; 204 where authentic, whatever they contain."""
    services = browser.services()
    account = _accounts(browser.settings()).get(gateway)
    if account is None:
        return Response(status=404)
    if not apply_receipts.is_known(services, gateway, account, part):
        # Rejected before the body is read, so that a forged post costs little.
        request_log.note(LogEvent.WEBHOOK_REJECTED, f"{gateway} address")
        return Response(status=403)
    request.max_content_length = BATCH_BYTES if gateway == "infobip" else FORM_BYTES
    posted = Posted(
        request.method,
        _url(services.public_url),
        {name.lower(): value for name, value in request.headers.items()},
        request.get_data(cache=False),
    )
    try:
        is_authentic = apply_receipts.take(services, gateway, account, part, posted)
    except Contested:  # rolled back after a concurrent receipt: the provider repeats it
        return retry_after(Response(status=503), 1)
    return Response(status=204 if is_authentic else 403)


def _url(public_url: str) -> str:
    """Return the URL as the provider knows it, whatever proxies are in front.

    Our webhook paths have only one spelling; the query is kept as it was sent.
    """
    query = request.query_string.decode("latin-1")
    return f"{public_url}{request.path}{'?' if query else ''}{query}"


def _accounts(settings: Settings) -> dict[str, Account | None]:
    return {
        "plivo": settings.plivo,
        "twilio": settings.twilio,
        "infobip": settings.infobip,
        "authkey": settings.authkey,
    }

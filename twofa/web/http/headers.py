"""Security headers of every response, errors included."""

from collections.abc import Callable

from flask import Response, g, request

from twofa.domain.errors import whole_seconds
from twofa.domain.settings import Settings
from twofa.web.http.route import OURS, PageRules

FRAMES, FRAMED = "frame-ancestors 'none'", "frame-ancestors 'self'"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " + FRAMES
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: with that, browsers send "Origin: null" (web/http/cors.py).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), otp-credentials=(self), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
}
HSTS = "max-age=31536000; includeSubDomains"
VERSIONED = (
    "static", "brand.stylesheet", "brand.svg_icon", "brand.touch_icon",
    "logo.brand-logo", "logo.brand-logo-dark", "ops.phone_number_data",
)  # fmt: skip
FOR_EVER = "public, max-age=31536000, immutable"


def adder(settings: Settings) -> Callable[[Response], None]:
    """Return the function that adds the security headers to a response."""
    always = tuple(ALWAYS.items())

    def add(response: Response) -> None:
        headers = response.headers
        headers.extend([*always, ("X-Request-Id", g.get("request_id", "-"))])
        rules: PageRules = g.get("page_rules", OURS)
        if settings.secure and not rules.elsewhere:
            headers["Strict-Transport-Security"] = HSTS
        versioned = request.endpoint in VERSIONED and "v" in request.args
        cache = FOR_EVER if versioned else rules.cache
        if cache is None or response.status_code not in (200, 304):
            cache = "no-store"
        headers["Cache-Control"] = cache
        if rules.csp is not None:
            frames = FRAMED if rules.framed else FRAMES
            headers["Content-Security-Policy"] = f"{rules.csp.rstrip('; ')}; {frames}"
        if rules.framed:
            headers["X-Frame-Options"] = "SAMEORIGIN"
        if rules.referrer is not None:
            headers["Referrer-Policy"] = rules.referrer

    return add


def retry_after(response: Response, seconds: float | None) -> Response:
    """Set a response's Retry-After header and return the response; None and 0 set no header.

    ``seconds`` is rounded up to whole seconds, at least one.
    """
    if seconds:
        response.headers["Retry-After"] = str(whole_seconds(seconds))
    return response

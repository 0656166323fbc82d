"""The page that leads to another host, where a redirect after a form would be blocked."""

from flask import Response, render_template

from twofa.web.http.route import change_rules


def leave(url: str, template: str = "front_door/leave.html", **context: object) -> Response:
    """Return a small page that goes on to another host by itself, with a link to it.

    A browser applies the CSP's form-action to the redirects after a form, too: a redirect from
    here to another host would be blocked where a form led here.
    """
    change_rules(referrer="no-referrer")
    return Response(render_template(template, url=url, **context))

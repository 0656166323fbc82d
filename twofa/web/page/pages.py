"""Rendering: the context of every page, redirects, and times in words."""

import hashlib
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

from flask import Flask, Response, g, render_template, session, url_for
from flask_babel import format_date, format_timedelta

from twofa.domain.accounts import two_factor_required
from twofa.domain.errors import whole_seconds
from twofa.domain.sessions.access import lacks_factor
from twofa.domain.sessions.assurance import SignIn, is_on
from twofa.domain.settings import Settings
from twofa.web.http.route import OURS, PageRules, current
from twofa.web.page import brand, phone_numbers, templates
from twofa.web.page.form_fields import Form
from twofa.web.page.local_time import local
from twofa.web.sessions import browser
from twofa.web.text import counted_sentences, sentences
from twofa.web.text.language import gettext, ngettext

VERSION_LENGTH = 10
SECOND = timedelta(seconds=1)
TIMELESS = timedelta(hours=20)
"""A session that lasts longer needs no warning of its end (WCAG 2.2.1)."""


def page(template: str, status: int = 200, **context: object) -> Response:
    """Render a page's template with the signed-in account and the notices that are due."""
    notices = [(kind, str(sentences.NOTICES[word])) for kind, word in _notices()]
    form = context.get("form")
    if isinstance(form, Form):
        form.point()
    person = browser.person()
    due = two_factor_required.due(person, browser.services().policy.require_2fa) if person else None
    lacks = due if person and not is_on(person) else None
    sign_in = browser.maybe_sign_in()
    ends_in, latest = _session_end()
    text = render_template(
        template,
        person=person,
        session_ends_in=ends_in,
        session_ends_at_latest=latest,
        notices=notices,
        needs=_warning(lacks) if lacks and not current().sets_up else "",
        must_set_up=person is not None and sign_in is not None and _must_set_up(sign_in),
        **context,
    )
    return Response(text, status)


def go(endpoint: str, **values: object) -> Response:
    """Return a 303 redirect to a page, after a successful POST of a form."""
    return go_to(url_for(endpoint, **values))  # type: ignore[arg-type]  # any value makes a URL


def go_to(path: str) -> Response:
    """Return a 303 redirect to the local path of a page, after a successful POST of a form."""
    return Response(status=303, headers={"Location": path})


def duration(seconds: float) -> str:
    """Return a duration in words, for pages: "12 minutes"."""
    left = whole_seconds(seconds)
    if left < 90:  # noqa: PLR2004 - up to here seconds say more
        return ngettext("one second", "%(num)s seconds", left)
    minutes = (left + 59) // 60
    if minutes < 90:  # noqa: PLR2004 - up to here minutes say more
        return ngettext("one minute", "%(num)s minutes", minutes)
    return ngettext("one hour", "%(num)s hours", (minutes + 59) // 60)


def ago(moment: datetime | str) -> str:
    """Return a past moment relative to now, for pages: "8 seconds ago"."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    # Another machine's clock may be ahead of ours: never write "in 2 seconds".
    passed = min(at - browser.services().clock(), timedelta(seconds=-1))
    return format_timedelta(passed, add_direction=True, threshold=1.2)


def day(moment: datetime) -> str:
    """Return a moment's day, for pages: "3 May", with its year where that isn't this one."""
    at = local(moment).date()
    this_year = at.year == browser.services().clock().year
    return format_date(at, "d MMMM" if this_year else "d MMMM y")


def install(app: Flask, settings: Settings) -> None:
    """Set the globals and options of the pages' templates."""
    app.jinja_env.globals.update(
        app_name=settings.app_name,
        support_contact=settings.support_contact,
        development=settings.development,
        passkeys_on=settings.rp_id is not None,
        sms_outage_notice=settings.sms_outage_notice,
        assets=_versions(Path(app.static_folder or "")),
        phone_numbers_path=cache(partial(phone_numbers.script_path, settings.policy)),
        at=partial(_at, settings.public_url),
        ago=ago,
        day=day,
        lang="en",
        words=sentences,
        counted=counted_sentences,
        branding=brand.branding(settings),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    templates.install(app, settings.templates_dir)


def _must_set_up(sign_in: SignIn) -> bool:
    """Return whether pages but those of two-factor sign-in are closed to this session."""
    services = browser.services()
    return lacks_factor(sign_in, services.policy, services.clock())


def _at(public_url: str) -> str:
    """Return what goes before the path of a page's styles and pictures: "" at our own host."""
    rules: PageRules = g.get("page_rules", OURS)
    return public_url if rules.elsewhere else ""


def _session_end() -> tuple[int, int]:
    """Return in how many seconds the browser's session ends, and in how many at the latest.

    The second is 0 where use doesn't prolong it; both are where there is none, or where nobody
    stays at a page for so long.
    """
    row = browser.maybe_sign_in() or browser.maybe_visit()
    if row is None:
        return 0, 0
    services = browser.services()
    policy = services.policy
    left = latest = row.expires_at - services.clock()
    idle = policy.session_idle - policy.seen_every  # what was used is noted no more often
    rests = not row.remembered and idle < left
    left = idle if rests else left
    if left >= TIMELESS:
        return 0, 0
    return int(left.total_seconds()), int(latest.total_seconds()) if rests else 0


def _warning(since: datetime) -> str:
    """Return the sentence that says from when an account needs two-factor sign-in."""
    if since <= browser.services().clock():
        return str(sentences.TWOFA_DUE)
    return gettext(
        "From %(day)s your account will require two-factor sign-in.",
        day=format_date(since, "d MMMM y"),
    )


def _notices() -> list[tuple[str, str]]:
    notices = list(g.get("notices", []))
    stored = session.pop("notice", None) if "notice" in session else None
    if stored:
        notices.append((stored[0], stored[1]))
    return [(kind, word) for kind, word in notices if word in sentences.NOTICES]


def _versions(folder: Path) -> dict[str, str]:
    # The version is a digest of the content, so that files can be cached forever.
    return {
        path.name: f"/static/{path.name}?v={_short_digest(path)}"
        for path in folder.iterdir()
        if path.is_file()
    }


def _short_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:VERSION_LENGTH]

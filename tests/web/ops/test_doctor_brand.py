"""flask doctor about the brand: logos, and templates that replace ours."""

from cli.doctor.test_doctor import doctor
from support.site import logos
from support.site.world import mail, plivo, settings

from twofa import create_commands
from twofa.domain.branding import logo

LIGHT, DARK = logo.parse(logos.svg()), logo.parse(logos.png(90, 30))


def told(world):
    """Type flask doctor; return what it says behind the security contact: about the brand."""
    _, lines = doctor(world)
    at = next(n for n, line in enumerate(lines) if " security contact: " in line)
    return lines[at + 1 :]


def test_logos_are_named_and_a_missing_dark_one_is_noted(make_world):
    assert told(make_world(brand_logo=LIGHT, brand_logo_dark=DARK)) == [
        "ok logo: BRAND_LOGO is an SVG of 120 x 30",
        "ok logo: BRAND_LOGO_DARK is a PNG of 90 x 30",
    ]
    assert told(make_world(brand_logo=LIGHT))[1:] == [
        "note logo: dark pages show BRAND_LOGO too",
        "Set BRAND_LOGO_DARK if it is hard to see on a dark page.",
    ]


def test_what_replaces_our_templates_is_listed_for_the_next_update(make_world, tmp_path):
    folder = tmp_path / "theme"
    (folder / "mail").mkdir(parents=True)
    for name in ("login.html", "mail/confirm.html", "logn.html"):
        (folder / name).write_text("Subject: x", "utf-8")
    assert told(make_world(templates_dir=str(folder))) == [
        "ok templates: TEMPLATES_DIR replaces login.html, mail/confirm.html",
        "note templates: logn.html replaces none of ours, and no other draws on it",
        "Give it the name of the template to replace, or remove it.",
    ]


def test_a_command_ends_with_the_faults_of_broken_templates(tmp_path, provider, mailbox):
    (tmp_path / "login.html").write_text("{% if %}", "utf-8")
    parts = {"plivo": plivo(provider), "sms_gateways": ("plivo",), "mail": mail(mailbox)}
    app = create_commands(
        settings(f"sqlite:///{tmp_path}/a.db", tmp_path, templates_dir=str(tmp_path), **parts)
    )
    answered = app.test_cli_runner().invoke(args=["doctor"])
    assert answered.exit_code == 1
    assert answered.output.startswith("The settings don't work:\nTEMPLATES_DIR: login.html, line 1")

"""The sign-in page names the application that it leads to, and nothing that a link made up."""

from support.openid.relying_party import ask, register
from support.site.world import PUBLIC_URL
from support.stories.front_door import FILES, Visitor


def test_the_sign_in_page_names_the_host(site):
    visitor = Visitor(site)
    visitor.visit(FILES, "/a")
    assert f"Sign in to continue to {FILES}." in visitor.page.text.replace("\u200b", "")
    login = visitor.hops[-1].removeprefix(PUBLIC_URL)
    visitor.post(login, {"email": site.ada.email, "password": "wrong"})
    assert f"Sign in to continue to {FILES}." in visitor.page.text.replace("\u200b", "")


def test_the_sign_in_page_names_the_client_as_the_operator_does(site):
    visitor = Visitor(site)
    ask(visitor, register(site, name="The wiki").url())
    assert "Sign in to continue to The wiki." in visitor.page.text


def test_a_made_up_address_names_nobody(site):
    visitor = Visitor(site)
    for path in ("/oidc/continue/x", "/auth/continue/Grafana", "/oidc/continue/" + "A" * 43):
        visitor.get(f"/login?next={path}")
        assert "Sign in to continue." in visitor.page.text
        assert "Grafana" not in visitor.page.text

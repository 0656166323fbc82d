"""A change of role, by several operators in the same moment."""

from support.site.concurrency import address, at_once

from twofa.flows.admin import manage_accounts
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User


def test_of_many_changes_to_one_role_one_is_recorded(every_site):
    site, email = every_site, f"eve-{address()}@example.com"
    site.person(email)
    (user_id,) = [user.id for user in site.rows(User) if user.email == email]

    def change():
        with site.app.app_context():
            return manage_accounts.change_role(site.services, user_id, "editor")

    assert sorted(at_once([change] * 8)) == ["editor"] * 7 + ["user"]
    events = [row for row in site.rows(EventRow) if row.user_id == user_id]
    assert [row.detail for row in events if row.tag == "authz_change"] == ["user -> editor"]


def test_an_account_that_is_gone_meanwhile_has_no_role(site):
    with site.app.app_context():
        assert manage_accounts.change_role(site.services, 999_999, "editor") is None

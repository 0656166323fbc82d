"""Whoever came in by phone stays in: over reloads, another worker, and a restart of the server."""

from support.servers.gunicorn import Gunicorn


def test_an_account_made_by_phone_stays_signed_in_over_a_restart(embedded, provider, tmp_path):
    phone = embedded.world.number()
    server = Gunicorn(tmp_path, embedded.settings)
    with server:
        browser = server.browser("203.0.113.71")
        assert browser.post("/phone", {"phone": phone}).headers["Location"] == "/verify-otp"
        code = provider.wait_for(phone, seconds=30)[-1][:6]
        assert browser.enter(code).headers["Location"] == "/phone/details"
        mine = {"first_name": "Ada", "last_name": "Byron", "email": "ada-by-phone@example.com"}
        assert browser.post("/phone/details", mine).headers["Location"] == "/dashboard"
        for worker in server.workers():
            with server.only(worker):
                assert browser.is_signed_in()
    with server:
        assert browser.is_signed_in(), "the row outlives the server"
        assert browser.request("GET", "/phone").headers["Location"] == "/dashboard"
        assert browser.post("/logout", {}, on="/settings").headers["Location"] == "/login"
        assert not browser.is_signed_in()

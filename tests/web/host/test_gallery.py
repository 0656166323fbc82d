"""Somebody's application of 60 lines, with this sign-in before it."""

import io

from support.servers.gallery_application import add_gallery
from support.site.world import PUBLIC_URL


def send(browser, path, **fields):
    """Send a form of the gallery with the token of the open page."""
    return browser.client.post(
        path, data={"csrf_token": browser.page.token(), **fields}, base_url=PUBLIC_URL,
        headers={"Referer": f"{PUBLIC_URL}/"},
    )  # fmt: skip


def test_a_gallery_is_protected_with_its_tables_uploads_and_static_files(world, tmp_path):
    (tmp_path / "gallery.css").write_text("b{}", "utf-8")
    add_gallery(world.app, tmp_path)
    ada, bob = world.person(phone=world.number()), world.person()
    stranger = world.browser("203.0.113.61")
    assert "See your pictures" in stranger.get("/gallery/").text
    assert stranger.request("GET", "/gallery/s/gallery.css").status_code == 200
    assert stranger.request("GET", "/gallery/mine").location == "/login?next=%2Fgallery%2Fmine"
    stranger.sign_in(ada.email)
    assert stranger.request("GET", "/gallery/mine").location == "/verify-otp"
    assert "See your pictures" in stranger.get("/gallery/").text, "half-way in is nobody"
    stranger.get("/verify-otp")
    assert stranger.enter(world.code(ada.phone)).location == "/gallery/mine"
    assert f"Pictures of {ada.email}: 0" in stranger.get("/gallery/mine").text
    picture = (io.BytesIO(b"x" * 500_000), "a.png")
    assert send(stranger, "/gallery/mine", picture=picture).location == "/gallery/mine"
    assert f"Pictures of {ada.email}: 1" in stranger.get("/gallery/mine").text
    assert f"Pictures of {bob.email}: 0" in bob.browser.get("/gallery/mine").text
    assert send(stranger, "/gallery/bye").location == "/gallery/"
    assert "See your pictures" in stranger.get("/gallery/").text
    assert stranger.request("GET", "/gallery/mine").location == "/login?next=%2Fgallery%2Fmine"

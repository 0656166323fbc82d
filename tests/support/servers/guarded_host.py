"""An installation whose public site and protected host are sites on loopback."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from support.servers.loopback_site import Answer, Headers, LoopbackSite, Reply
from support.site.world import World
from support.stories.front_door import KEY, OLDER_KEY

from twofa.domain.front_door.hosts import FrontDoor


class Installation:
    """An installation in development; the stack closes its sites.

    ``public`` and ``host`` answer in place of a public site and a proxy that do all that they
    should; the other keywords change the front door's settings.
    """

    def __init__(
        self,
        stack: ExitStack,
        make: Callable[..., World],
        public: Answer | None = None,
        host: Answer | None = None,
        **changes: Any,
    ) -> None:
        self.public = stack.enter_context(LoopbackSite(public or self.serve))
        self.site = stack.enter_context(LoopbackSite(host or self.guard))
        self.login_host = f"localhost:{self.public.port}"
        self.public_url = f"http://{self.login_host}"
        self.host = f"127.0.0.1:{self.site.port}"
        listed = {self.host: "default", self.login_host: "default"}
        door = replace(FrontDoor((KEY, OLDER_KEY), listed), **changes)
        self.world = make(env="development", public_url=self.public_url, front_door=door)

    def serve(self, path: str, headers: Headers) -> Reply:
        """Answer as the public site, whose proxy denies what only proxies ask."""
        return (404, {}, b"") if path.startswith("/auth/") else self.ask(path, headers)

    def guard(self, path: str, headers: Headers) -> Reply:
        """Answer as the protected host, whose proxy asks before it passes a request on."""
        if path.startswith("/.twofa/"):
            return self.ask(path, headers)
        given = {"X-Forwarded-Host": headers["Host"], "X-Forwarded-Uri": path}
        checked = self.ask(f"/auth/forward/{KEY}", headers | given)
        return (200, {}, b"welcome") if checked[0] == 200 else checked

    def ask(self, path: str, headers: Headers) -> Reply:
        """Ask the sign-in itself, under the Host of a request."""
        client = self.world.app.test_client()
        url = f"http://{headers['Host']}"
        answer = client.get(path, base_url=url, headers=headers, buffered=True)
        return answer.status_code, dict(answer.headers), answer.data

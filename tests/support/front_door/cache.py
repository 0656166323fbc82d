"""A cache in front of a door that keeps every answer which doesn't forbid it."""

from support.front_door.doors import BEHIND, Door
from support.servers import nginx
from support.servers.processes import LOOPBACK

CACHE = "proxy_cache_path {folder}/kept keys_zone=kept:1m;"
# By URL alone: what says that it isn't for everybody is the answer's own business.
SITE = """
    {cache}
    server {{
        listen {address} ssl;
        location / {{
            proxy_pass https://{door};
            proxy_ssl_server_name on;
            proxy_ssl_name $host;
            proxy_set_header Host $host;
            proxy_cache kept;
            proxy_cache_key $host$request_uri;
            proxy_cache_methods GET HEAD;
            proxy_cache_valid any 10m;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
"""


class Cache(Door):
    """An nginx that caches in front of the door at ``behind``."""

    name = "cache"

    def write(self, changes: dict[str, str]) -> None:
        """Write the configuration, which takes no changes."""
        assert not changes
        address = f"{LOOPBACK}:{self.port}"
        cache = CACHE.format(folder=self.folder)
        site = SITE.format(cache=cache, address=address, door=self.addresses[BEHIND])
        frame = nginx.FRAME.format(folder=self.folder, servers=site)
        self.configuration = self.folder / "nginx.conf"
        self.configuration.write_text(frame, encoding="utf-8")

    def command(self) -> list[str]:
        """Return the command line."""
        file = str(self.configuration)
        return [self.program, "-p", str(self.folder), "-e", "stderr", "-c", file]

"""nginx as the front door's proxy."""

from support.front_door.doors import APP, KEY, LOGIN, OTHER, Door, fill
from support.servers import nginx
from support.servers.processes import LOOPBACK


class NginxDoor(Door):
    """An nginx with examples/front-door/nginx.conf."""

    name = "nginx"

    def write(self, changes: dict[str, str]) -> None:
        """Write the configuration: the example as a site, in a frame of the tests."""
        replacements = {
            "/auth/nginx/KEY": f"/auth/nginx/{KEY}",
            "listen 80;": f"listen {LOOPBACK}:{self.plain_port};",
            "listen 443 ssl http2;": f"listen {LOOPBACK}:{self.port} ssl http2;",
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
        }
        for host in ("login", "app"):
            live = f"/etc/letsencrypt/live/{host}.example.com"
            replacements[f"{live}/fullchain.pem"] = self.certificate.path
            replacements[f"{live}/privkey.pem"] = self.certificate.key
        names = {"login.example.com": LOGIN, "app.example.com": f"{APP} {OTHER}"}
        site = fill("nginx.conf", changes | replacements | names | self.addresses)
        frame = nginx.FRAME.format(folder=self.folder, servers=site)
        self.configuration = self.folder / "nginx.conf"
        self.configuration.write_text(frame, encoding="utf-8")

    def command(self) -> list[str]:
        """Return the command line."""
        file = str(self.configuration)
        return [self.program, "-p", str(self.folder), "-e", "stderr", "-c", file]

    def check_command(self) -> list[str]:
        """Return the command by which the program checks its configuration."""
        return [*self.command(), "-t"]

"""gunicorn: workers, threads, timeouts. gunicorn's own options override every number."""

import atexit
import contextlib
import gc
import os
import pkgutil
import shutil
import tempfile
from pathlib import Path

from dotenv import dotenv_values

# In an installed package this is the module twofa.gunicorn_conf, and .env is where it is started.
home = Path() if __name__ == "twofa.gunicorn_conf" else Path(__file__).parent
told = {**dotenv_values(home / ".env", interpolate=False), **os.environ}

bind = f"{told.get('BIND_ADDRESS') or '127.0.0.1'}:{told.get('PORT') or '8000'}"
workers = int(told.get("WEB_CONCURRENCY") or "2")
worker_class = "gthread"
threads = 24
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - heartbeat files in memory; pathlib adds nothing here
control_socket_disable = True
preload_app = True
limit_request_line = 8190  # /login?next= with a path of 2,000 characters, each encoded
limit_request_fields = 60
limit_request_field_size = 16_380  # X-Forwarded-Uri of a check: as long as a proxy's longest line

# TRUSTED_PROXIES alone says which forwarding headers count. gunicorn would believe others from
# loopback and Unix sockets: X-Forwarded-Ssl for the scheme, SCRIPT_NAME for the path.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}

# Workers share the cores for password hashes.
os.environ["TWOFA_WORKERS"] = str(workers)

# Workers count for /metrics in files, whose folder must exist before the program is loaded:
# one that the operator names (so that the queue's worker is counted too), or this server's own.
COUNTED = "PROMETHEUS_MULTIPROC_DIR"
OURS = "twofa-metrics-"


def metrics_folder():  # noqa: ANN201 - as in the rest of this file
    """Return the operator's folder, created where it is missing, or a new one for this server."""
    given = Path(os.environ.get(COUNTED, ""))
    if given.name and not given.name.startswith(OURS):  # ours: of a server that started this one
        given.mkdir(parents=True, exist_ok=True)
        return str(given)
    folder, server = tempfile.mkdtemp(prefix=OURS, dir=worker_tmp_dir), os.getpid()
    # Workers run this too, and skip it; the folder is deleted with the server.
    atexit.register(lambda: os.getpid() == server and shutil.rmtree(folder, ignore_errors=True))
    return folder


os.environ[COUNTED] = metrics_folder()

# Workers count the POST requests of an address in one file in memory, without a name, which ends
# with its last process. A reload keeps it; a successor (USR2) begins with a file of its own.
POSTS = "TWOFA_COUNTS_FILE"


def posts_file():  # noqa: ANN201 - as in the rest of this file
    """Return "descriptor:inode" of the file that this server has, or of a new one."""
    given = os.environ.get(POSTS, "")
    number, _, inode = given.partition(":")
    with contextlib.suppress(OSError, ValueError):
        if os.fstat(int(number)).st_ino == int(inode):
            return given
    file, path = tempfile.mkstemp(prefix="twofa-counts-", dir=worker_tmp_dir)
    Path(path).unlink()
    return f"{file}:{os.fstat(file).st_ino}"


os.environ[POSTS] = posts_file()


def on_starting(server):  # noqa: ANN001, ANN201 - gunicorn's signature
    """Merge the counter files that a killed server left in the operator's folder; warn of risks."""
    pkgutil.resolve_name("twofa.adapters.metrics:merge_ended")()
    settings = server.app.wsgi().extensions["twofa"].settings
    hosts = [address[0] for address in server.address if isinstance(address, tuple)]
    exposure = pkgutil.resolve_name("twofa.domain.exposure")
    risk = exposure.risk(settings, hosts)
    if risk:
        server.log.warning("%s %s", risk, exposure.FIX)


def pre_request(worker, req):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """Let the program close the connection after the response to this request."""
    req.body.close_connection = req.force_close


def child_exit(server, worker):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """Merge the counter files of an ended worker into the totals of all that have ended."""
    pkgutil.resolve_name("twofa.adapters.metrics:merge_process")(worker.pid)


def when_ready(server):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """Freeze loaded objects, so that garbage collection copies no shared memory page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)  # a request leaves little garbage; collecting costs more


def post_worker_init(worker):  # noqa: ANN001, ANN201 - gunicorn's signature
    """Start this worker's senders and its sweep: threads don't survive the fork."""
    worker.wsgi.extensions["twofa"].dispatcher.start()


def worker_exit(server, worker):  # noqa: ANN001, ANN201, ARG001 - gunicorn's signature
    """Let the senders finish the messages that they are sending."""
    if worker.wsgi is not None:
        worker.wsgi.extensions["twofa"].dispatcher.stop()

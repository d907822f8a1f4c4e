"""gunicorn's settings for all its workers alike: https://gunicorn.org/reference/settings/.

Only what departs from a default. The worker class is on the command line in compose.yaml, where a reader
compares it; the number of workers is WEB_CONCURRENCY, which gunicorn and uvicorn both read.
"""

import os

bind = "0.0.0.0:8000"  # the contender's own container, on a network without a way out

# Heartbeats are file updates: on a disk that stalls, a healthy worker would be killed.
worker_tmp_dir = "/dev/shm"

# No worker is killed for being silent: a sync worker shows no life during a request, and one that streams may take
# hours. A response that does not begin times out in nginx (60 s), which names the contender.
timeout = int(os.environ.get("GUNICORN_TIMEOUT") or 0)

# Good settings that can be broken on purpose, to see what it costs: services/README.md.
max_requests = int(os.environ.get("MAX_REQUESTS") or 0)  # a worker is replaced after; 0: never
max_requests_jitter = int(os.environ.get("MAX_REQUESTS_JITTER") or 0)  # staggers the replacements
preload_app = os.environ.get("PRELOAD") == "1"  # in the master, before it has workers: shared memory, and no new code

# nginx has its own limits (8 KiB a line), and a problem document for what exceeds them.
limit_request_line = 0  # none; default 4094 bytes
limit_request_field_size = 0  # none; default 8190 bytes
limit_request_fields = 8192  # more than fit into nginx's 32 KiB; default 100

# Below Compose's stop_grace_period (20 s), above the longest request that does not stream (/mix: 14 s).
graceful_timeout = 15

# Longer than nginx keeps an idle connection (2 s): the side that sends must be the side that closes, or a
# request meets a connection that is just being closed. The sync worker closes after each answer anyway.
keepalive = int(os.environ.get("KEEPALIVE_SECONDS") or 15)

# This port is reached by nginx, which sends its client's scheme, and by other containers of the lab.
# They are trusted that far; the mount prefix comes from the environment variable SCRIPT_NAME. HTTP/2 is for such peers.
forwarded_allow_ips = "*"

websocket_max_message_size = 1024 * 1024  # bytes, of the asgi worker: what nginx allows a body; default 16 MiB

control_socket_disable = True  # the root file system is read-only, and nothing connects


def post_worker_init(worker: object) -> None:
    """Gives the application its worker class, read off the running object: no interface has a word for that.

    And notes that one more worker serves.
    """
    import gunicorn
    from gunicorn.workers import SUPPORTED_WORKERS

    from contender import control
    from contender.identity import Server, Worker
    from contender.usage import mark_ready

    kind = type(worker)
    path = f"{kind.__module__}.{kind.__qualname__}"
    name = next((alias for alias, each in SUPPORTED_WORKERS.items() if each == path), path)
    mark_ready()
    control.GUNICORN = worker
    interface = "asgi" if name.startswith(("asgi", "uvicorn")) else "wsgi"  # also of the package uvicorn-worker
    Worker.server = Server(interface, "gunicorn", gunicorn.__version__, name)

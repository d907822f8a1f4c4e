"""What the servers run: the user's application, wrapped."""

import os
import sys
from importlib.metadata import version
from typing import Any

from contender.identity import Server, Worker
from contender.usage import mark_ready
from own.description import Found
from own.load import load
from own.wrap import wrap_asgi, wrap_wsgi


def _granian() -> Server:
    """gunicorn tells its own (gunicorn.conf.py), and has its workers say when they serve; in WSGI granian does not."""
    mark_ready()
    return Server("wsgi", "granian", version("granian"), "thread")


def _wrap() -> Any:
    target = Found.from_json(os.environ["OWN_FOUND"]).target()
    loaded, _ = load(target.module, target.name)
    if target.interface == "asgi":
        return wrap_asgi(loaded)
    if "granian" in sys.modules:
        Worker.server = _granian()
    return wrap_wsgi(loaded)


app = _wrap()

"""The sink, asked in its own container: nginx does not route it."""

import json
from typing import Any

from tests.lifecycle.engine import container

_REQUEST = """
import sys, urllib.error, urllib.request as r
try:
    print(r.urlopen("http://127.0.0.1:8000" + sys.argv[1]).read().decode())
except urllib.error.HTTPError as error:
    print(error.read().decode())
"""


def sink(path: str) -> dict[str, Any]:
    code, output = container("sink").exec_run(["python", "-c", _REQUEST, path])
    assert code == 0, output.decode()
    return dict(json.loads(output))


def fail(mode: str) -> None:
    code, output = container("sink").exec_run(["python", "-m", "sink", mode])
    assert code == 0, output.decode()

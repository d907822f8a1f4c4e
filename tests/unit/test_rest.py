"""The records' entry document, through Starlette's own test client."""

from starlette.testclient import TestClient

from contender.workload import WORKLOADS
from rest.app import app


def test_the_entry_document_links_to_what_there_is_under_any_mount_prefix_and_host() -> None:
    """The workloads are the contender's, at the same prefix."""
    own = {"experiments": "experiments", "runs": "runs", "docs": "docs", "openapi": "openapi.json"}
    named = own | {name: name for name in ("hello", "healthz", "dump", *WORKLOADS, "upload")}
    for mount in ("", "/starlette", "/a/b"):
        with TestClient(app, "http://lab.example:81", root_path=mount) as connected:
            links = connected.get(f"{mount}/").json()["links"]
            assert links == {name: f"http://lab.example:81{mount}/{path}" for name, path in named.items()}
            for name in own:
                status = connected.options(links[name]).status_code
                assert status == 204, f"{name} leads to {links[name]}, where OPTIONS is {status}"

"""The page of /docs, in-process: what it may load, what it links to, and what it says without Swagger UI."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rest import docs, problems

MOUNT = "/starlette"


@pytest.fixture
def client() -> TestClient:
    service = Starlette(routes=docs.routes, exception_handlers=problems.handlers)
    return TestClient(service, "http://localhost:8080", root_path=MOUNT, raise_server_exceptions=False)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The assets as the image has them: a stand-in for Swagger UI, which only its build fetches."""
    (tmp_path / "swagger-ui").mkdir()
    (tmp_path / "swagger-ui" / "swagger-ui.css").write_text("a { color: red }")
    monkeypatch.setattr(docs, "ASSETS", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("built")
def test_the_page_runs_and_loads_nothing_but_files_of_the_lab(client: TestClient) -> None:
    page = client.get(f"{MOUNT}/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    inline = re.findall(r"<style|<script(?![^>]* src=)|\s(?:on\w+|style)=", page.text)
    assert not inline, f"wanted nothing that the policy would stop, got {inline}"


@pytest.mark.usefixtures("built")
def test_the_page_links_from_where_it_is_mounted(client: TestClient) -> None:
    links = re.findall(r'(?:href|src)="([^"]*)"', client.get(f"{MOUNT}/docs").text)
    of_the_edge = {link for link in links if link.startswith("/")}
    assert of_the_edge == {"/", "/favicon.svg"}
    assert {"openapi.json", "./", "docs/assets/docs.js"} <= set(links)
    assert not [link for link in links if ":" in link or link.startswith("//")]


@pytest.mark.usefixtures("built")
def test_head_of_the_page_is_get_without_the_body(client: TestClient) -> None:
    head, whole = client.head(f"{MOUNT}/docs"), client.get(f"{MOUNT}/docs")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole.content)))


@pytest.mark.usefixtures("built")
def test_an_asset_is_revalidated_and_not_sent_again(client: TestClient) -> None:
    path = f"{MOUNT}/docs/assets/swagger-ui/swagger-ui.css"
    first = client.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert (first.headers["cache-control"], first.headers["x-content-type-options"]) == ("no-cache", "nosniff")
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


def test_the_projects_own_assets_need_no_build(client: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["docs.css", "docs.js"]
    for name in rows:
        with subtests.test(name=name):
            assert client.get(f"{MOUNT}/docs/assets/{name}").status_code == 200


def test_nothing_but_an_asset_is_an_asset(client: TestClient, built: Path, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["", "nope.js", "swagger-ui", "../docs.py", "%2e%2e/docs.py", "/etc/passwd", "%00"]
    for path in rows:
        with subtests.test(path=path):
            refused = client.get(f"{MOUNT}/docs/assets/{path}")
            assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")


def test_without_swagger_ui_the_page_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(docs, "ASSETS", tmp_path / "absent")
    refused = client.get(f"{MOUNT}/docs")
    assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
    assert "Swagger UI is missing" in refused.json()["detail"]
    assert client.get(f"{MOUNT}/docs/assets/docs.js").status_code == 404


def test_the_page_is_read_only(client: TestClient, subtests: pytest.Subtests) -> None:
    rows: list[str] = ["docs", "docs/assets/docs.js"]
    for path in rows:
        with subtests.test(path=path):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                refused = client.request(method, f"{MOUNT}/{path}")
                assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS"), refused.text

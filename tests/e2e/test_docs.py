"""The page of /starlette/docs, through nginx: all that it needs comes from the lab, and nothing else may load."""

import re
from urllib.parse import urljoin, urlsplit

import pytest

from tests.e2e.lab import URL, answered, ask, get, problem, told

PAGE = "/starlette/docs"
LICENCES = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def urls() -> list[str]:
    """Every URL of the page, as a browser resolves it."""
    page = answered(get(PAGE), 200, "text/html")
    found = re.findall(r"""(?:href|src|action|srcset|data)=["']([^"']*)""", page.text)
    return [urljoin(URL + PAGE, url) for url in found]


def directives() -> dict[str, set[str]]:
    parts = answered(get(PAGE), 200).headers["Content-Security-Policy"].split("; ")
    return {name: set(sources) for name, *sources in (part.split(" ") for part in parts)}


def test_every_url_of_the_page_is_of_the_lab_and_answers() -> None:
    outside = [url for url in urls() if not url.startswith(URL + "/")]
    assert not outside, f"{PAGE} names {outside}, which is not of {URL}"
    for url in urls():
        answered(get(url.removeprefix(URL)), 200)


def test_every_asset_has_its_type_and_a_version() -> None:
    assets = [url for url in urls() if "/docs/assets/" in url]
    assert len(assets) == 4, f"wanted a style sheet and a script of Swagger UI, and of ours, got {assets}"
    for url in assets:
        path = urlsplit(url).path
        first = answered(get(path), 200, TYPES["." + path.rpartition(".")[2]])
        assert first.headers["X-Content-Type-Options"] == "nosniff", told(first)
        again = answered(get(path, headers={"If-None-Match": first.headers["ETag"]}), 304)
        assert again.content == b"", told(again)


def test_the_policy_lets_nothing_in_from_outside() -> None:
    policy = directives()
    assert policy.pop("img-src") == {"'self'", "data:"}
    own = {name for name, sources in policy.items() if sources == {"'self'"}}
    assert own == {"script-src", "style-src", "connect-src"}, policy
    nothing = {name for name, sources in policy.items() if sources == {"'none'"}}
    assert nothing == {"default-src", "base-uri", "form-action", "frame-ancestors"}, policy
    assert own | nothing == policy.keys(), policy


@pytest.mark.parametrize("name", LICENCES)
def test_swagger_ui_comes_with_its_licences(name: str) -> None:
    assert answered(get(f"{PAGE}/assets/swagger-ui/{name}"), 200).text.strip()


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js.map", "index.html", "package.json"])
def test_nothing_more_of_swagger_ui_is_here(name: str) -> None:
    problem(get(f"{PAGE}/assets/swagger-ui/{name}"), 404)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/assets/docs.js"])
def test_the_page_is_read_only(path: str) -> None:
    assert answered(ask("HEAD", path), 200).content == b""
    assert problem(ask("POST", path), 405)["instance"] == path

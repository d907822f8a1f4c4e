"""What a person reads of the REST service, through nginx: its entry document, and the page of /starlette/docs.

All that the page needs comes from the lab, and nothing else may load.
"""

import re
from urllib.parse import urljoin, urlsplit

from tests.e2e.lab import URL, answered, ask, describe, get, problem

PAGE = "/starlette/docs"
JSON = "application/json"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def test_the_links_of_the_entry_document_all_answer() -> None:
    links = answered(get("/starlette/"), 200, JSON).json()["links"]
    assert {"experiments", "runs", "openapi"} <= links.keys(), links
    for name, link in links.items():
        response = get(link.removeprefix(URL))
        assert response.status_code in (200, 405 if name == "upload" else 200), describe(response)


def test_every_experiment_answers_under_its_own_link() -> None:
    for each in answered(get("/starlette/experiments"), 200, JSON).json()["items"]:
        assert answered(get(each["url"].removeprefix(URL)), 200, JSON).json() == each


def urls() -> list[str]:
    """Every URL of the page, as a browser resolves it."""
    page = answered(get(PAGE), 200, "text/html")
    found = re.findall(r"""(?:href|src|action|srcset|data)=["']([^"']*)""", page.text)
    return [urljoin(URL + PAGE, url) for url in found]


def test_every_url_of_the_page_is_of_the_lab_and_answers() -> None:
    outside = [url for url in urls() if not url.startswith(URL + "/")]
    assert not outside, f"{PAGE} names {outside}, which is not of {URL}"
    assets = [urlsplit(url).path for url in urls() if "/docs/assets/" in url]
    assert len(assets) == 4, f"wanted a style sheet and a script of Swagger UI, and of ours, got {assets}"
    for url in urls():
        answered(get(url.removeprefix(URL)), 200)
    for path in assets:
        first = answered(get(path), 200, TYPES["." + path.rpartition(".")[2]])
        assert first.headers["X-Content-Type-Options"] == "nosniff", describe(first)
        answered(get(path, headers={"If-None-Match": first.headers["ETag"]}), 304)


def test_the_policy_lets_nothing_in_from_outside() -> None:
    parts = answered(get(PAGE), 200).headers["Content-Security-Policy"].split("; ")
    policy = {name: set(sources) for name, *sources in (part.split(" ") for part in parts)}
    assert policy.pop("img-src") == {"'self'", "data:"}
    own = {name for name, sources in policy.items() if sources == {"'self'"}}
    assert own == {"script-src", "style-src", "connect-src"}, policy
    nothing = {name for name, sources in policy.items() if sources == {"'none'"}}
    assert nothing == {"default-src", "base-uri", "form-action", "frame-ancestors"}, policy
    assert own | nothing == policy.keys(), policy


def test_swagger_ui_comes_with_its_licences_and_nothing_more() -> None:
    for name in ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"):
        assert answered(get(f"{PAGE}/assets/swagger-ui/{name}"), 200).text.strip(), name
    for name in ("swagger-ui-bundle.js.map", "index.html", "package.json"):
        problem(get(f"{PAGE}/assets/swagger-ui/{name}"), 404)


def test_the_page_is_read_only() -> None:
    for path in (PAGE, f"{PAGE}/assets/docs.js"):
        assert answered(ask("HEAD", path), 200).content == b"", path
        assert problem(ask("POST", path), 405)["instance"] == path

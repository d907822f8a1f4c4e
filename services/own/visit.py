"""Visits the application as a browser would, below its prefix and at its host name, and reports which address works.

In a container of the application, after the start: requests the front page, and the first assets and links in it,
through nginx. Standard output gets a line for each address: whether it works, and what does not.
"""

import http.client
import os
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from contender.hosts import host_name, is_refused, refusal

EDGE = ("nginx", 8080)
PATIENCE = 10.0  # seconds for each response
MOST = 3  # assets and links of the page that are requested
READ = 1_000_000  # bytes of a page that are looked through
ROOT_ONLY = 3  # for scripts/try, which then measures with --at-root
REDIRECTS = 3  # that are followed from the front page: / to /login, and once for its slash
LOST = (400, 404)  # of what a page refers to; 401, 403 and 405 are answers of an application that is there
REFERENCES = {"script": "src", "link": "href", "img": "src", "a": "href"}


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    location: str
    html: bool
    body: str

    @property
    def redirects(self) -> bool:
        return bool(self.location) and 300 <= self.status < http.client.BAD_REQUEST


class _Page(HTMLParser):
    """What a page loads, and after it what it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get(REFERENCES.get(tag, ""))
        if target:
            (self.links if tag == "a" else self.loads).append(target)


def references(page: str, url: str) -> list[str]:
    """The first of the same host, as paths: assets before links."""
    parser = _Page()
    parser.feed(page)
    host, found = urlsplit(url).netloc, []
    for each in (*parser.loads, *parser.links):
        parts = urlsplit(urljoin(url, each))
        if parts.scheme in ("http", "https") and parts.netloc == host:
            found.append(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
    return [path for path in dict.fromkeys(found) if path != urlsplit(url).path][:MOST]


def fetch(host: str, path: str) -> Response:
    """Connects to nginx whatever the host: not every resolver knows *.localhost."""
    connection = http.client.HTTPConnection(*EDGE, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"Host": host, "Accept": "text/html,*/*"})
        response = connection.getresponse()
        html = response.headers.get_content_type() == "text/html"
        body = response.read(READ).decode(errors="replace")
        return Response(response.status, response.headers.get("Location", ""), html, body)
    finally:
        connection.close()


class BrokenError(Exception):
    """What does not work at an address."""


def visit(host: str, prefix: str, path: str) -> None:
    """Raises BrokenError."""
    at, page = _front_page(host, prefix, path)
    if is_refused(page.status, page.body):
        raise BrokenError(f"the application {refusal(host.partition(':')[0])}")
    if page.status >= http.client.BAD_REQUEST:
        raise BrokenError(f"{at} is {page.status}")
    for each in references(page.body, f"http://{host}{at}") if page.html else ():
        if not each.startswith(f"{prefix}/"):
            raise BrokenError(f"its page refers to {each}, outside of {prefix}/")
        if (status := fetch(host, each).status) in LOST or status >= http.client.INTERNAL_SERVER_ERROR:
            raise BrokenError(f"its page refers to {each}, which is {status}")


def _front_page(host: str, prefix: str, path: str) -> tuple[str, Response]:
    """Where its redirects end. Raises BrokenError where they leave the address, or do not end."""
    at, response = path, fetch(host, path)
    for _ in range(REDIRECTS + 1):
        if not response.redirects:
            return at, response
        target = urlsplit(urljoin(f"http://{host}{at}", response.location))
        if target.netloc != host:
            raise BrokenError(f"{at} redirects to another host, {target.netloc}")
        if not f"{target.path}/".startswith(f"{prefix}/"):
            raise BrokenError(f"{at} redirects to {target.path}, outside of {prefix}/")
        at = target.path + (f"?{target.query}" if target.query else "")
        response = fetch(host, at)
    raise BrokenError(f"{path} redirects more than {REDIRECTS} times")


def main(contender: str, lab: str, path: str) -> int:
    """The exit code is ROOT_ONLY where its host name alone works."""
    browser = urlsplit(lab)
    port = f":{browser.port}" if browser.port else ""
    works = []
    for host, prefix in ((browser.netloc, f"/{contender}"), (f"{host_name(contender)}{port}", "")):
        wrong = ""
        try:
            visit(host, prefix, prefix + path)
        except BrokenError as error:
            wrong = str(error)
        except (OSError, http.client.HTTPException) as error:
            wrong = f"no response ({type(error).__name__})"
        works.append(not wrong)
        sys.stdout.write(f"  http://{host}{prefix}{path} {f'does not work: {wrong}' if wrong else 'works'}\n")
    return ROOT_ONLY if works == [False, True] else 0


if __name__ == "__main__":
    sys.exit(main(os.environ["SERVICE"], *sys.argv[1:]))

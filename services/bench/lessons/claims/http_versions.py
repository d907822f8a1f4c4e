"""One connection of HTTP/2 or 3 is faster than six of HTTP/1.1."""

from typing import Any

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.stats.pages import summarise_pages
from bench.stats.phrases import milliseconds


def versions(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    pages: dict[str, Any] = {each.protocol: each for each in summarise_pages(rows)}
    one, two, three = (pages[protocol].last_ms for protocol in ("http/1.1", "h2", "h3"))
    text = (
        f"The page was there after {milliseconds(one)} over {pages['http/1.1'].connections} connections of HTTP/1.1, "
        f"after {milliseconds(two)} over one of HTTP/2, and after {milliseconds(three)} over one of HTTP/3."
    )
    return ClaimResult(max(two, three) < 0.75 * one, text)


CLAIMS = (versions,)

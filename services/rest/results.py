"""A run's results as JSON or CSV, sent as they are read: of half a million rows only a page is in memory."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from experiments.registry import EXPERIMENTS
from rest.content import JSON, negotiate
from rest.resource import run_id, store

CSV = "text/csv"

Pages = AsyncIterator[list[dict[str, Any]]]


async def results(request: Request) -> Response:
    """As `Accept` prefers. HEAD has the headers of GET, and reads nothing."""
    media_type = negotiate(request, JSON, CSV)
    run, _ = await store(request).runs.get(run_id(request))
    headers = {"Vary": "Accept"}
    if media_type == CSV:
        headers["Content-Disposition"] = f'attachment; filename="{run.experiment}-{run.id}.csv"'
    if request.method == "HEAD":
        return StreamingResponse((), headers=headers, media_type=media_type)
    pages = store(request).events.results(run.id)
    text = document(pages) if media_type == JSON else table(run.experiment, pages)
    return StreamingResponse(text, headers=headers, media_type=media_type)


async def document(pages: Pages) -> AsyncIterator[str]:
    yield '{"items":['
    comma = ""
    async for page in pages:
        yield comma + ",".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in page)
        comma = ","
    yield '],"next":null}\n'


async def table(experiment: str, pages: Pages) -> AsyncIterator[str]:
    """RFC 4180, with the columns of the contract: a header row also where there are no results yet."""
    first: list[dict[str, Any]] = await anext(pages, [])
    # An experiment may have gone since, or have lost a column.
    known = EXPERIMENTS[experiment].row.model_fields if experiment in EXPERIMENTS else first[0] if first else ()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(known), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(first)
    yield text.getvalue()
    async for page in pages:
        text.seek(0)
        text.truncate()
        writer.writerows(page)
        yield text.getvalue()

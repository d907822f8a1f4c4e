"""A sync worker serves one request at a time."""

import math

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.races import last, races_of
from bench.stats.phrases import milliseconds


def one_request(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    sync, ms = races_of(rows)["sync"], params["ms"]
    rounds = math.ceil(sync.answered / sync.processes)
    holds = sync.at_once <= sync.processes and last(sync) >= 0.95 * rounds * ms
    begun = sorted(row.started - row.sent for row in rows)
    text = (
        f"The last of {sync.answered} requests was answered after {milliseconds(last(sync))}: {rounds} rounds of "
        f"{ms:g} ms, because sync ran at most {sync.at_once} requests at once, one in each of its {sync.processes} "
        f"processes. Request {sync.processes + 1} waited {milliseconds(1000 * begun[sync.processes])} for a process "
        f"to return from its first."
    )
    return ClaimResult(holds, text)


CLAIMS = (one_request,)

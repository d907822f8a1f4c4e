"""nginx holds slow clients; without it they hold sync's workers."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows
from bench.lessons.probes import probes_of
from bench.stats.phrases import milliseconds
from bench.stats.tail import tail


def slow_clients(params: Params, rows: Rows, _: Notices) -> ClaimResult:
    probes = probes_of(rows)
    through, direct, loop = (
        probes[name, via, "during"] for name, via in (("sync", "nginx"), ("sync", "direct"), ("uvicorn", "direct"))
    )
    lost, slowest = direct.errors + direct.timeouts, tail(probes.values())
    usual, slowed, other = (each.latency(slowest) or 0.0 for each in (through, direct, loop))
    failed = f", and {lost} of {direct.sent} probes failed" if lost else ""
    text = (
        f"With {params['clients']} slow clients, the {slowest.name} of the /hello probes was {milliseconds(usual)} via "
        f"nginx on sync. Bypassing nginx, sync had no free worker: {milliseconds(slowed)}{failed}. uvicorn, also "
        f"direct: {milliseconds(other)}."
    )
    fine = not through.errors and not through.timeouts and not loop.errors and not loop.timeouts
    return ClaimResult(fine and (lost > 0 or slowed > 10 * usual), text)


CLAIMS = (slow_clients,)

"""A buffering proxy holds back events."""

from bench.lessons.claim import ClaimResult, Notices, Params, Rows


def collected(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    ways = {row.via: row for row in rows if row.feature == "sse"}
    late, direct = ways["nginx-tls"], ways["direct"]
    text = f"By TLS, through nginx: {late.evidence}. Directly: {direct.evidence}."
    return ClaimResult(late.verdict == "no" and direct.verdict == "yes", text)


def one_by_one(_: Params, rows: Rows, __: Notices) -> ClaimResult:
    ways = {row.via: row for row in rows if row.feature == "sse"}
    text = f"By TLS, through nginx: {ways['nginx-tls'].evidence}."
    return ClaimResult(all(row.verdict == "yes" for row in ways.values()), text)


CLAIMS = (collected, one_by_one)

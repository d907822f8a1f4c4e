"""How evenly a shared listening socket, and one for each worker, spread connections over the workers."""

from collections.abc import Sequence
from statistics import median

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.notices import Notice


def shares(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    """The turns differ by chance, so the claim is about the least even one of each slot."""
    found = {
        side: [row.fairness for row in rows if row.side == side and row.fairness is not None] for side in ("a", "b")
    }
    if not all(found.values()):
        raise LookupError("fairness")
    text = "; ".join(
        f"{side} {median(each):.2f} ({min(each):.2f} to {max(each):.2f} in {len(each)} turns)"
        for side, each in found.items()
    )
    return ClaimResult(min(found["a"]) < min(found["b"]), f"Jain's index over the workers: {text}.")


CLAIMS = (shares,)

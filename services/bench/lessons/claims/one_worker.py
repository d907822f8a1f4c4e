"""Which worker gets the connections of a shared socket, and of one for each."""

from collections import Counter
from collections.abc import Sequence

from bench.lessons.claim import ClaimResult, Params, Rows
from bench.lessons.races import last, races_of
from bench.notices import Notice
from bench.stats.phrases import milliseconds
from bench.stats.served import process


def shares(_: Params, rows: Rows, __: Sequence[Notice]) -> ClaimResult:
    races = races_of(rows)
    served = {
        name: sorted(Counter(process(row) for row in rows if row.contender == name).values(), reverse=True)
        for name in ("a", "b")
    }
    text = "; ".join(
        f"{name}: {', '.join(map(str, counts))} requests per worker, the last answer after "
        f"{milliseconds(last(races[name]))}"
        for name, counts in served.items()
    )
    return ClaimResult(served["a"][0] > 1.2 * served["b"][0], f"{text}.")


CLAIMS = (shares,)

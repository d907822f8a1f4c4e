"""Numbers as a sentence has them: three digits at most, which is what a measurement here is good for."""

from collections.abc import Mapping, Sequence


def milliseconds(ms: float) -> str:
    """1.3 ms, 201 ms, 2.04 s."""
    if ms < 9.95:
        return f"{ms:.1f} ms"
    if ms < 999.5:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.{2 if ms < 99_950 else 0}f} s"


def times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"


def count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}{'es' if thing.endswith('s') else 's'}"


def names(all_of_them: Sequence[str]) -> str:
    """sync; sync and gevent; sync, gevent and eventlet."""
    *others, last = all_of_them
    return f"{', '.join(others)} and {last}" if others else last


def lost_of(name: str, lost: int, of: int) -> str:
    """sync lost none of 160."""
    return f"{name} lost {lost or 'none'} of {of}"


def by_kind(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{kind}: {number}" for kind, number in errors.items())

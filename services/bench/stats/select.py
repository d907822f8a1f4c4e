"""Rows by what they are about."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def by[Row](rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return dict(groups)

"""Rows and notices by what they are about."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from bench.messages import Noticed


def by[Row](rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return dict(groups)


def data_of(notices: Iterable[Noticed], kind: str) -> list[dict[str, Any]]:
    return [notice.data for notice in notices if notice.type == kind]

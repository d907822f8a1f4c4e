"""What a command line names: contenders, and stored runs."""

import re
from typing import Any

import click

from contender.catalogue import CONTENDERS

ALL, LAST = "all", "last"
PAIR = 2  # contenders of an experiment that compares two
SHORTEST = 4  # characters of an id: the first of each id tell the time to some days


class Contender(click.ParamType[str]):
    """One of the catalogue, or all of them; help lists them once, and not in each option."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in (*CONTENDERS, ALL):
            self.fail(f"{value!r} is not a contender; choose from {', '.join(CONTENDERS)}, or {ALL}.", param, ctx)
        return str(value)


class RunName(click.ParamType[str]):
    """A run's id, the beginning of one, or `last`."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value != LAST and not re.fullmatch(rf"[0-9a-fA-F-]{{{SHORTEST},36}}", value):
            self.fail(
                f"{value!r} is not a run; give its id, at least {SHORTEST} characters of its beginning, or {LAST}.",
                param,
                ctx,
            )
        return str(value).lower()

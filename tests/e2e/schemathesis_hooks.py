"""Other people's runs are safe from schemathesis: it learns ids from every list that it reads, and tries them all."""

from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import Case, HookContext, Response

NOBODY = "00000000-0000-7000-8000-000000000000"

_own: set[UUID] = set()


@schemathesis.hook
def after_call(_context: HookContext, case: Case[Any], response: Response) -> None:
    if (case.method, case.path, response.status_code) == ("POST", "/runs", 201):
        _own.add(UUID(response.json()["id"]))


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """It changes and deletes what it made itself, and asks for nobody's run instead of somebody else's."""
    if case.method in ("PATCH", "DELETE") and _run(case) not in {None, *_own}:
        case.path_parameters["id"] = NOBODY


def _run(case: Case[Any]) -> UUID | None:
    """None for what is no id of a run."""
    try:
        return UUID(str(case.path_parameters.get("id")))
    except ValueError:
        return None

"""Checks of several containers at the same time: each mostly waits for the engine, and none touches another's."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial


def side_by_side(checks: Mapping[str, Callable[[], None]]) -> None:
    """Runs all of them to their end. A failure has the errors of those that failed, each with the name of its check."""
    with ThreadPoolExecutor(len(checks)) as pool:
        running = {name: pool.submit(check) for name, check in checks.items()}
    errors = list[BaseException]()
    for name, each in running.items():
        if (error := each.exception()) is not None:
            error.add_note(f"in the check of {name}")
            errors.append(error)
    if errors:
        failed = [name for name, each in running.items() if each.exception() is not None]
        raise BaseExceptionGroup(f"failed: {', '.join(failed)}", errors)


def for_each(check: Callable[[str], None], *names: str) -> None:
    """The same check of each, side by side."""
    side_by_side({name: partial(check, name) for name in names})

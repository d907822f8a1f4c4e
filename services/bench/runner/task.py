"""What the process that measures is given."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Task:
    """An experiment with its parameters."""

    experiment: str
    params: dict[str, Any]
    contenders: list[str]
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: dict[str, Any]) -> Self:
        """What is to be done for a run."""
        return cls(run["experiment"], run["params"], run["contenders"], tuple(run.get("tags", ())))

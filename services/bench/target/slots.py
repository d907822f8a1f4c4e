"""What a slot is, in words: its base, and what scripts/ab has it differ in."""

from collections.abc import Mapping
from typing import Any


def setting(described: Mapping[str, Any]) -> str | None:
    """uvicorn with http=h11. None of a contender that is not a slot."""
    slot = described.get("slot")
    if not slot:
        return None
    written = [f"{name}={value}" for name, value in slot["settings"].items() if name not in _packages(slot)]
    written += [f"{name}=={change['is']}" for name, change in _packages(slot).items() if name in slot["settings"]]
    brought = [f"{name} {change['is']}" for name, change in _packages(slot).items() if name not in slot["settings"]]
    base = f"{slot['base']} with {', '.join(written)}" if written else f"{slot['base']} as it is"
    beside = [f"and so {', '.join(brought)}"] if brought else []
    beside += [f"Python {slot['python']}"] if "python" in slot else []  # free-threaded, GIL off
    return f"{base} ({'; '.join(beside)})" if beside else base


def _packages(slot: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = slot.get("packages", {}).get("changed", {})
    return changed


def sentence(contenders: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Of all slots of a run."""
    known = {name: setting(each) for name, each in contenders.items()}
    shown = [f"{name} is {text}" for name, text in known.items() if text]
    return f"{'; '.join(shown)}." if shown else None

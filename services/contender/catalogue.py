"""The contenders of services/catalog.json, by name: those that a run can load."""

import json
from pathlib import Path

_FILE = Path(__file__).parents[1] / "catalog.json"

CATALOGUE: dict[str, dict[str, str]] = {row["name"]: row for row in json.loads(_FILE.read_text("utf-8"))}
CONTENDERS: tuple[str, ...] = tuple(CATALOGUE)

"""hypercorn's settings in a slot: contender/hypercorn.toml, and what scripts/ab adds; most have no option."""

import tomllib
from pathlib import Path

from contender.slots.servers import chosen

globals().update(tomllib.loads((Path(__file__).parents[1] / "hypercorn.toml").read_text("utf-8")) | chosen())

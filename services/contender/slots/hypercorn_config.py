"""hypercorn's settings in a slot: contender/hypercorn.toml, and what scripts/ab adds; most have no option."""

from contender.slots.servers import chosen, hypercorn_file

globals().update(hypercorn_file() | chosen())

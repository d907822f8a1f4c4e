"""The two slots of an A/B comparison: a contender's service, with the settings of scripts/ab, and nothing else changed.

It runs in the contender's own image (`python -m contender.slots`), where its server knows its options. No
process that serves imports it.
"""


class SlotError(Exception):
    """A sentence that names what is wrong, and what helps."""

"""Text of somebody else's, as a person may see it: it must not steer the terminal, nor fill it."""

import re
import sys

import click

LONGEST = 2000  # characters of a message: as many as a note may have
# Control characters, but for the end of a line; and those that reverse the direction of what follows.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """With each control character as its escape: \\x1b."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def shorten(text: str, limit: int = LONGEST) -> str:
    """Its beginning, and how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text):,} characters)"


def write(text: str) -> None:
    """A document on standard output: as it is, but on a terminal."""
    click.echo(printable(text) if sys.stdout.isatty() else text, nl=False)

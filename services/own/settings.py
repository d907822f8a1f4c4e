"""What scripts/try says of the application, in environment variables of its containers."""

import os

TARGET = os.environ.get("OWN_APP", "")  # module:callable
INTERFACE = os.environ.get("OWN_INTERFACE", "")  # wsgi or asgi; empty while nobody has looked


def environment() -> dict[str, str]:
    """The application's own variables: a line KEY=VALUE each."""
    pairs = (line.partition("=") for line in os.environ.get("OWN_ENV", "").splitlines() if line)
    return {name: value for name, _, value in pairs}

"""The settings of the REST service, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import make_url

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class Settings:
    # Of SQLAlchemy's form. sqlite:///<relative path>, sqlite:////<absolute path> or postgresql://user:pw@host/name
    database_url: str = "sqlite+aiosqlite:////data/serverlab.db"

    # A runner beats twice a second: 15 s is far above a busy machine's pauses, and a dead runner's run waits no longer.
    lease: timedelta = timedelta(seconds=15)

    # A run that kills its runner would kill the next one too: the third dead runner is no accident.
    attempts: int = 3

    # A client that has not repeated its request for a day will not: its key is forgotten.
    idempotency: timedelta = timedelta(hours=24)

    # How long a request waits for a connection or a lock before it is answered with 503. Below nginx's time-outs, above
    # the longest write (a batch of samples takes 0.1 s).
    patience: timedelta = timedelta(seconds=5)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises ValueError naming the variable.

        A password is better kept in a file that DATABASE_PASSWORD_FILE names (a secret) than in the URL.
        """
        url = environment.get("DATABASE_URL")
        if not url:
            return cls()
        password = environment.get("DATABASE_PASSWORD_FILE")
        return cls(_with_password(_with_driver(url), Path(password)) if password else _with_driver(url))

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def _with_password(url: str, file: Path) -> str:
    try:
        password = file.read_text().rstrip("\n")
    except OSError as error:
        raise ValueError(f"DATABASE_PASSWORD_FILE: {file} cannot be read ({error.strerror})") from None
    return make_url(url).set(password=password).render_as_string(hide_password=False)


def _with_driver(url: str) -> str:
    """The URL as people write it, with the driver that this service has."""
    scheme, colon, rest = url.partition("://")
    driver = _DRIVERS.get(scheme.partition("+")[0])
    if not colon or driver is None:
        # The URL may carry a password: nothing behind its scheme is repeated.
        named = repr(scheme) if colon else "no scheme"
        raise ValueError(f"DATABASE_URL starts with {named}; use sqlite:///... or postgresql://...")
    return f"{driver}://{rest}"

"""The settings of the REST service: read from the environment, and an error that names the variable."""

import pytest

from rest.settings import Settings


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "sqlite+aiosqlite:////data/serverlab.db"),
        ("", "sqlite+aiosqlite:////data/serverlab.db"),
        ("sqlite:///lab.db", "sqlite+aiosqlite:///lab.db"),
        ("sqlite+aiosqlite:///lab.db", "sqlite+aiosqlite:///lab.db"),
        ("postgresql://lab:pw@db/lab", "postgresql+psycopg://lab:pw@db/lab"),
        ("postgres://lab:pw@db/lab", "postgresql+psycopg://lab:pw@db/lab"),
        ("postgresql+asyncpg://db/lab", "postgresql+psycopg://db/lab"),
    ],
)
def test_the_database_has_the_driver_that_is_here(given: str | None, url: str) -> None:
    settings = Settings.read({} if given is None else {"DATABASE_URL": given})
    assert (settings.database_url, settings.on_sqlite) == (url, url.startswith("sqlite"))


@pytest.mark.parametrize("url", ["mysql://lab:secret@db/lab", "lab:secret@db", "://secret"])
def test_another_database_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        Settings.read({"DATABASE_URL": url})
    assert "secret" not in str(refused.value)

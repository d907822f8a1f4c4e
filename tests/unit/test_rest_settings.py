"""The settings of the REST service: read from the environment, and an error that names the variable."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from rest.settings import Settings


def test_the_database_has_the_driver_that_is_here(subtests: pytest.Subtests) -> None:
    rows: list[tuple[str | None, str]] = [
        (None, "sqlite+aiosqlite:////data/serverlab.db"),
        ("", "sqlite+aiosqlite:////data/serverlab.db"),
        ("sqlite:///lab.db", "sqlite+aiosqlite:///lab.db"),
        ("sqlite+aiosqlite:///lab.db", "sqlite+aiosqlite:///lab.db"),
        ("postgresql://lab:pw@db/lab", "postgresql+psycopg://lab:pw@db/lab"),
        ("postgres://lab:pw@db/lab", "postgresql+psycopg://lab:pw@db/lab"),
        ("postgresql+asyncpg://db/lab", "postgresql+psycopg://db/lab"),
    ]
    for variables, url in rows:
        with subtests.test(variables=variables, url=url):
            settings = Settings.read({} if variables is None else {"DATABASE_URL": variables})
            assert (settings.database_url, settings.on_sqlite) == (url, url.startswith("sqlite"))


def test_a_password_comes_from_a_file_and_may_have_any_letter(tmp_path: Path) -> None:
    file, url = tmp_path / "password", "postgresql://lab@postgres/lab"
    file.write_text("a/b+c=@:\n")
    settings = Settings.read({"DATABASE_URL": url, "DATABASE_PASSWORD_FILE": str(file)})
    assert make_url(settings.database_url).password == "a/b+c=@:"
    with pytest.raises(ValueError, match="DATABASE_PASSWORD_FILE: /nowhere cannot be read"):
        Settings.read({"DATABASE_URL": url, "DATABASE_PASSWORD_FILE": "/nowhere"})


def test_another_database_is_refused_without_telling_its_password(subtests: pytest.Subtests) -> None:
    rows: list[str] = ["mysql://lab:secret@db/lab", "lab:secret@db", "://secret"]
    for url in rows:
        with subtests.test(url=url):
            with pytest.raises(ValueError, match="DATABASE_URL") as refused:
                Settings.read({"DATABASE_URL": url})
            assert "secret" not in str(refused.value)

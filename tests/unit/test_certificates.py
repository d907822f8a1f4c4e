"""nginx's certificate: made once, kept, renewed in time, never of another authority; nginx alone can read keys."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

import certificates.__main__ as made

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHORITY", "SERVED"):
        monkeypatch.setattr(made, name, tmp_path / name)
        (tmp_path / name).mkdir()
    return tmp_path


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_it_is_made_kept_and_renewed_when_thirty_days_are_left(folders: Path) -> None:
    made.main(NOW)
    first, authority = (certificate(folders / name) for name in ("SERVED/lab.pem", "AUTHORITY/ca.pem"))
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == list(made.NAMES)
    assert made.NAMES[:5] == ("localhost", "127.0.0.1", "::1", "nginx", "own-sync.localhost")
    for days, renewed in ((0, False), (334, False), (335, True)):
        made.main(NOW + days * DAY)
        now = certificate(folders / "SERVED/lab.pem")
        assert (now != first) is renewed, f"after {days} days"
        now.verify_directly_issued_by(authority)
    assert now.not_valid_after_utc == NOW + (335 + 365) * DAY
    assert certificate(folders / "SERVED/ca.pem") == authority, "wanted the authority that users trust kept"


def test_one_that_cannot_be_read_or_is_of_another_authority_is_made_anew(folders: Path) -> None:
    made.main(NOW)
    (folders / "SERVED/lab.pem").write_text("nonsense")
    made.main(NOW)
    certificate(folders / "SERVED/lab.pem")
    for name in ("ca.pem", "ca.key"):
        (folders / "AUTHORITY" / name).unlink()
    made.main(NOW)
    certificate(folders / "SERVED/lab.pem").verify_directly_issued_by(certificate(folders / "AUTHORITY/ca.pem"))


def test_it_is_made_anew_for_other_names_by_the_same_authority(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "NAMES", ("localhost",))  # of an earlier version
    made.main(NOW)
    authority = certificate(folders / "AUTHORITY/ca.pem")
    monkeypatch.undo()
    for name in ("AUTHORITY", "SERVED"):
        monkeypatch.setattr(made, name, folders / name)
    assert "own-sync.localhost" in made.main(NOW)
    certificate(folders / "SERVED/lab.pem").verify_directly_issued_by(authority)
    assert "own-sync.localhost" not in made.main(NOW), "wanted it kept"


def test_keys_can_be_read_by_their_user_alone(folders: Path) -> None:
    made.main(NOW)
    modes = {str(path.relative_to(folders)): stat.S_IMODE(path.stat().st_mode) for path in folders.rglob("*.*")}
    assert modes == {
        "AUTHORITY/ca.pem": 0o644,
        "AUTHORITY/ca.key": 0o600,
        "SERVED/ca.pem": 0o644,
        "SERVED/lab.pem": 0o644,
        "SERVED/lab.key": 0o600,
    }

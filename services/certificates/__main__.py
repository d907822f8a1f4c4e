"""Makes nginx's certificate where there is none, or renews it, also when its names change, and ends.

The authority's key is on a volume that nothing else has, nginx's on one that nginx alone has beside. Who trusts the
authority (/ca.pem, which nginx serves) trusts each certificate that follows.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

from contender.catalogue import OWN, SLOTS
from contender.hosts import host_name

AUTHORITY, SERVED = Path("/authority"), Path("/tls")
# nginx: for the containers of the lab. An application of the user's own has host names: each is listed, as browsers do
# not take *.localhost for a wildcard.
NAMES = ("localhost", "127.0.0.1", "::1", "nginx", *(host_name(name) for name in OWN + SLOTS))

LIFE = timedelta(days=365)  # browsers refuse a certificate of more than 825 days
RENEWAL = timedelta(days=30)  # before its end: a lab that is started once a month never has one that has expired
SLACK = timedelta(days=1)  # of clocks that differ


def main(now: datetime) -> str:
    authority = _authority()
    left = _left(now)
    if left is not None and left > RENEWAL:
        return f"nginx's certificate is valid for {left.days} days"
    issued = authority.issue_cert(
        *NAMES, organization_name="serverlab", not_before=now - SLACK, not_after=now + LIFE, common_name="localhost"
    )
    _write(SERVED / "ca.pem", authority.cert_pem.bytes(), 0o644)
    _write(SERVED / "lab.key", issued.private_key_pem.bytes(), 0o600)
    _write(SERVED / "lab.pem", issued.cert_chain_pems[0].bytes(), 0o644)  # last: it shows that all are there
    return f"nginx has a certificate for {', '.join(NAMES)}, valid for {LIFE.days} days"


def _authority() -> trustme.CA:
    pem, key = AUTHORITY / "ca.pem", AUTHORITY / "ca.key"
    if pem.exists():
        return trustme.CA.from_pem(pem.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name="serverlab", organization_unit_name="the lab's own authority")
    _write(key, made.private_key_pem.bytes(), 0o600)
    _write(pem, made.cert_pem.bytes(), 0o644)
    return made


def _left(now: datetime) -> timedelta | None:
    """How long nginx's certificate is valid yet; None where there is none of this authority, or for other names."""
    try:
        certificate = x509.load_pem_x509_certificate((SERVED / "lab.pem").read_bytes())
        issuer = x509.load_pem_x509_certificate((AUTHORITY / "ca.pem").read_bytes())
        certificate.verify_directly_issued_by(issuer)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if [str(each.value) for each in names] != list(NAMES):
            return None
    except Exception:  # what cannot be read or verified is made anew
        return None
    return certificate.not_valid_after_utc - now


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by more than `mode` says."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


if __name__ == "__main__":
    sys.stdout.write(f"{main(datetime.now(UTC))}\n")

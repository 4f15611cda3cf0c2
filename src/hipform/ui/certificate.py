"""The TLS certificate that this computer makes for itself, so that a phone may use its camera here.

Browsers give a page the camera only over HTTPS, and no authority signs certificates for addresses of a
home network. The certificate is no authority itself: whoever accepts it trusts this one server.
"""

import os
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hipform.atomic import output_error, replacing

# Below the 398 days from which on Safari and Chrome refuse (CA/Browser Forum baseline, section 6.3.2).
_VALID_DAYS: Final = 365
# Ours: longer than a dashboard is left running.
_RENEW_DAYS: Final = 14
# Ours: a phone's clock may be behind.
_EARLIER_DAYS: Final = 1
_HOST_NAME: Final = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_FILE: Final = "certificate.pem"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key in one PEM file; `fingerprint` is SHA-256 as browsers write it."""

    path: Path
    fingerprint: str


def host_names(own_name: str) -> list[str]:
    """The names by which other machines may call one of this name; none when it is no name for a network."""
    name = own_name.strip().rstrip(".").lower()
    if not _HOST_NAME.fullmatch(name) or name.split(".")[0] == "localhost":
        return []
    return list(dict.fromkeys([name, f"{name.split('.')[0]}.local"]))


def certificate(
    folder: Path, addresses: Sequence[str], names: Sequence[str], now: datetime | None = None
) -> Certificate:
    """The certificate for these IP addresses and host names; the one in `folder` while it fits.

    It is made anew, with a new key, when there is none, it is damaged, somebody else could read its key,
    it does not name all that is asked for, or it runs out within two weeks. Raises OutputError.
    """
    now = now or datetime.now(UTC)
    path = folder / _FILE
    wanted = {*addresses, *names}
    if not _is_good(path, wanted, now):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(path, error) from error
        _write(path, _made(addresses, names, now))
    found = x509.load_pem_x509_certificate(path.read_bytes())
    return Certificate(path, found.fingerprint(hashes.SHA256()).hex(":").upper())


def _is_good(path: Path, wanted: set[str], now: datetime) -> bool:
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            return False
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password="")  # asks nobody for one
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    good_until = found.not_valid_after_utc - timedelta(days=_RENEW_DAYS)
    return wanted <= {str(one.value) for one in names} and found.not_valid_before_utc <= now < good_until


def _made(addresses: Sequence[str], names: Sequence[str], now: datetime) -> bytes:
    """Key and certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hipform on this computer")])
    called: list[x509.GeneralName] = [x509.IPAddress(ip_address(one)) for one in addresses]
    called += [x509.DNSName(one) for one in names]
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=_EARLIER_DAYS))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(called), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    signed = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + signed.public_bytes(Encoding.PEM)


def _write(path: Path, text: bytes) -> None:
    """Write a file that its owner alone may read, from its first byte on."""
    with replacing(path) as part, os.fdopen(_own_file(part), "wb") as file:
        file.write(text)


def _own_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

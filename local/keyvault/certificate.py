"""The vault's HTTPS certificate, and the bundle of trusted certificates that lets clients accept it.

The SDK refuses plain http. Clients trust the vault through ``SSL_CERT_FILE`` (asyncio) and ``REQUESTS_CA_BUNDLE``
(sync). Both replace what is trusted otherwise, so the bundle holds the public authorities too.
"""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.keyvault.files import write_whole

GOOD_FOR = dt.timedelta(days=397)
RENEW_BEFORE = dt.timedelta(days=30)
_SIGNS_HANDSHAKES_ONLY = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Certificate:
    file: Path
    key: Path


def prepare(data: Path) -> Certificate:
    """The certificate in ``data``, made or renewed if need be; ``ca-bundle.pem`` follows it and certifi."""
    certificate = Certificate(data / "certificate.pem", data / "certificate.key")
    if not _usable(certificate):
        _create(certificate)
    bundle = Path(certifi.where()).read_bytes() + b"\n# The local vault\n" + certificate.file.read_bytes()
    write_whole(data / "ca-bundle.pem", bundle, mode=0o644)
    return certificate


def _usable(certificate: Certificate) -> bool:
    if not (certificate.file.exists() and certificate.key.exists()):
        return False
    found = x509.load_pem_x509_certificate(certificate.file.read_bytes())
    return found.not_valid_after_utc - RENEW_BEFORE > dt.datetime.now(dt.UTC)


def _create(certificate: Certificate) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_whole(certificate.key, pem, mode=0o600)
    write_whole(certificate.file, _self_signed(key).public_bytes(serialization.Encoding.PEM), mode=0o644)


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Not an authority: whoever steals its key can pose as this vault, but sign for no other host."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Local key vault")])
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = dt.datetime.now(dt.UTC)
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS_HANDSHAKES_ONLY, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )

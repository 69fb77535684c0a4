"""The certificate is checked for the host of the link, though it is an address that is connected to."""

import datetime
import ssl
from pathlib import Path

import httpx
import pytest

from serve_app.errors import InvalidInput
from tests.ingress.file_host import hosting
from tests.ingress.following import Resolver, followed, links


def certificate(folder: Path, host: str) -> Path:
    """One that this host signed itself, with its key."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


async def test_the_host_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, "pictures.example")
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(path)
    asked: list[str | None] = []
    own.sni_callback = lambda connection, name, context: asked.append(name)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: ssl.create_default_context(cafile=str(path)))
    async with hosting(ssl=own) as host:
        host.files["/a"] = b"a file"
        names = [f"{name}.example:{host.port}" for name in ("pictures", "others")]
        trusting = links(*names, host.place, resolve=Resolver("127.0.0.1"))
        assert await followed(trusting, f"https://{names[0]}/a") == [b"a file"]
        [told, by_address] = await followed(trusting, f"https://{names[1]}/a", f"https://{host.place}/a")
        for each in (told, by_address):
            assert isinstance(each, InvalidInput) and "could not be reached" in each.message
        assert len(host.asked) == 1
        assert sorted(filter(None, asked)) == ["others.example", "pictures.example"]

"""A development authority: keys and certificates made at run time, never kept in the repository."""

import concurrent.futures
import dataclasses
import os
import pathlib

from . import openssl
from .processes import Failure

# Names as the PQC table has them -> arguments of `openssl req`.
KEY_ARGUMENTS = {
    "ECDSA P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"],
    "ML-DSA-44": ["-newkey", "ml-dsa-44"],
    "ML-DSA-65": ["-newkey", "ml-dsa-65"],
    "ML-DSA-87": ["-newkey", "ml-dsa-87"],
}
CONFIGURATION = """\
[req]
prompt = no
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""


@dataclasses.dataclass(frozen=True)
class Identity:
    """A certificate and its private key, both PEM."""

    name: str
    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """Issues certificates below `directory`; one that is there already is used again, so a second run is quick."""

    def __init__(self, directory: pathlib.Path, signature: str = "ECDSA P-256", days: int = 30):
        self.directory = pathlib.Path(directory)
        self.signature = signature
        self.days = days
        self.directory.mkdir(parents=True, exist_ok=True)
        self._configuration = self.directory / "openssl.cnf"
        self._configuration.write_text(CONFIGURATION)
        self.identity = self._issue("Motorcade development CA", "ca", "authority", [])
        self.certificate = self.identity.certificate

    def server(self, name: str = "localhost") -> Identity:
        """For localhost, 127.0.0.1 and ::1."""
        return self._issue(name, f"server-{name}", "server", self._signed_by_us())

    def client(self, name: str) -> Identity:
        """`name` becomes the common name: a VIN, or the name of a service."""
        if not name or "/" in name or name.startswith("."):
            raise ValueError(f"not a name for a certificate: {name!r}")
        return self._issue(name, f"client-{name}", "client", self._signed_by_us())

    def clients(self, names: list[str]) -> dict[str, Identity]:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return dict(zip(names, pool.map(self.client, names)))

    def _signed_by_us(self) -> list[str]:
        return ["-CA", str(self.identity.certificate), "-CAkey", str(self.identity.key)]

    def _issue(self, name: str, stem: str, section: str, signer: list[str]) -> Identity:
        identity = Identity(name, self.directory / f"{stem}.crt", self.directory / f"{stem}.key")
        if identity.certificate.exists() and identity.key.exists():
            return identity
        result = openssl.run("req", "-x509", "-config", str(self._configuration), *KEY_ARGUMENTS[self.signature],
                             "-noenc", "-keyout", str(identity.key), "-out", str(identity.certificate) + ".new",
                             "-subj", f"/CN={name}", "-days", str(self.days), "-extensions", section, *signer)
        if result.returncode != 0:
            raise Failure(f"no certificate for {name}: {result.stderr.decode(errors='replace').strip()}")
        os.replace(str(identity.certificate) + ".new", identity.certificate)
        return identity

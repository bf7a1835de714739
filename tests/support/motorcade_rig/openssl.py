"""Which OpenSSL everything runs on: the private prefix var/openssl where there is one, else the system's."""

import os
import pathlib
import ssl
import subprocess
import sys

MINIMUM = (3, 5)
CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
PREFIX = CHECKOUT / "var" / "openssl"


def is_private() -> bool:
    return (PREFIX / "lib" / "libcrypto.so").exists()


def environment(**extra: str) -> dict[str, str]:
    """The caller's environment, with the private OpenSSL first for programs that are not linked to it by us."""
    variables = dict(os.environ)
    if is_private():
        library = str(PREFIX / "lib")
        others = [path for path in variables.get("LD_LIBRARY_PATH", "").split(":") if path and path != library]
        variables["LD_LIBRARY_PATH"] = ":".join([library, *others])
    variables.update(extra)
    return variables


def program() -> str:
    return str(PREFIX / "bin" / "openssl") if is_private() else "openssl"


def run(*arguments: str, stdin: bytes = b"", timeout_s: float = 30) -> subprocess.CompletedProcess:
    """Runs the openssl command line; the caller looks at returncode, stdout and stderr (bytes)."""
    return subprocess.run([program(), *arguments], input=stdin, capture_output=True, env=environment(),
                          timeout=timeout_s, check=False)


def ensure_openssl() -> None:
    """Call first in a script that speaks TLS itself: starts the script again on an OpenSSL that knows ML-KEM."""
    if ssl.OPENSSL_VERSION_INFO[:2] >= MINIMUM:
        return
    if not is_private() or os.environ.get("MOTORCADE_OPENSSL_TRIED"):
        raise SystemExit(f"{ssl.OPENSSL_VERSION} is too old for the TLS groups used here: run ./dev setup")
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, arguments, environment(MOTORCADE_OPENSSL_TRIED="1"))

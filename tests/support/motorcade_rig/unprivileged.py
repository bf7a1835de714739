"""Servers that refuse root, or drop it in ways that lose their files: who runs them, and who owns their directory."""

import os
import pathlib
import pwd
import shutil
import subprocess

from . import openssl
from .processes import Failure

_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # bits of capabilities(7)


def _reachable_by_others(path: pathlib.Path) -> bool:
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.is_dir())


def _effective_capabilities() -> int:
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("CapEff:")[1].split()[0], 16)


def _passing_closed_folders() -> list[str]:
    """Options of setpriv: a user who may walk through any folder. Containers often lack the narrower capability."""
    held = _effective_capabilities()
    capability = "dac_read_search" if held >> _DAC_READ_SEARCH & 1 else "dac_override"
    return [f"--inh-caps=-all,+{capability}", f"--ambient-caps=-all,+{capability}"]


class Account:
    """Who runs a server whose files all lie in one directory.

    Not root: ourselves. Root: the package's own user, to whom the directory is given; where a folder above it (or above
    our OpenSSL) is closed to others, as a home is, with the capability to walk through, and no other.
    """

    def __init__(self, directory: pathlib.Path, user: str):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prefix: list[str] = []
        self._owner: pwd.struct_passwd | None = None
        if os.geteuid() != 0:
            return
        try:
            self._owner = pwd.getpwnam(user)
        except KeyError:
            raise Failure(f"there is no user {user}; ./dev setup installs the package that has it") from None
        self.prefix = ["setpriv", f"--reuid={self._owner.pw_uid}", f"--regid={self._owner.pw_gid}", "--clear-groups"]
        libraries = [openssl.PREFIX / "lib"] if openssl.is_private() else []
        if not all(_reachable_by_others(path) for path in [self.directory.resolve().parent, *libraries]):
            self.prefix += _passing_closed_folders()
        self.own()
        for path in [self.directory, *libraries]:
            trial = subprocess.run([*self.prefix, "test", "-d", f"{path}/."], capture_output=True, check=False)
            if trial.returncode != 0:
                raise Failure(f"{user} cannot reach {path}: run as an ordinary user, or open the folders above it (chmod o+x)")

    def own(self) -> None:
        """Gives everything in the directory to the account. Call after writing files there."""
        if self._owner is None:
            return
        for path in [self.directory, *self.directory.rglob("*")]:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid, follow_symlinks=False)

    def command(self, *argv: str, dies_with: str = "TERM") -> list[str]:
        """The command as that account. Changing the user forgets the parent-death signal, so it is set again."""
        if not self.prefix:
            return list(argv)
        death = ["setpriv", "--pdeathsig", dies_with] if shutil.which("setpriv") else []
        return [*self.prefix, *death, *argv]

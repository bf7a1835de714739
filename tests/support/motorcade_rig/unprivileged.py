"""Servers that refuse root, or drop it in ways that lose their files: who runs them, and who owns their directory."""

import os
import pathlib
import pwd
import shutil
import subprocess

from .processes import Failure


def _reachable_by_others(directory: pathlib.Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in directory.resolve().parents)


def _user_namespace_works() -> bool:
    trial = subprocess.run(["unshare", "-U", "--map-user=1000", "true"], capture_output=True, check=False)
    return trial.returncode == 0


class Account:
    """Who runs a server whose files all lie in one directory.

    Not root: ourselves. Root: the package's own user, where that user can reach the directory (then the directory is
    given to it); else ourselves in a user namespace, where the server sees another user id.
    """

    def __init__(self, directory: pathlib.Path, user: str):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prefix: list[str] = []
        self._owner: pwd.struct_passwd | None = None
        if os.geteuid() != 0:
            return
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            entry = None
        if entry and _reachable_by_others(self.directory):
            self._owner = entry
            self.prefix = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
        elif _user_namespace_works():
            self.prefix = ["unshare", "-U", "--map-user=1000"]
        else:
            raise Failure(f"{user} cannot reach {self.directory}, and user namespaces are off: run as an ordinary user, "
                          "or in a directory below world-executable ones")

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

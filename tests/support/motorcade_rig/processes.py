"""Processes that a test or the demo owns: a log file each, a condition to wait for, an end that is certain."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

LOG_TAIL_LINES = 25


class Failure(AssertionError):
    """Something that was waited for did not happen, or a process ended by itself; the text says what is known."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody had a moment ago. Where the program can bind port 0 itself, let it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_open(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def wait_until(what: str, condition: Callable[[], object], deadline_s: float = 30, poll_s: float = 0.05):
    """Returns the first true value of condition(); after the deadline fails with `what`."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise Failure(f"waited {deadline_s:g} s in vain for: {what}")
        time.sleep(poll_s)


def end_on_signals() -> None:
    """Makes SIGTERM and SIGHUP leave the script the way Ctrl-C does, so that every `with` block ends its process."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


class Process:
    """One child process. `with Process(…) as p:` or start() and stop().

    argv       the command; a leading prefix such as setpriv must exec, so that the pid is the server's
    log        stdout and stderr are appended here
    stop_signal, stop_deadline_s   how it is asked to end, and when it is killed instead
    """

    def __init__(self, name: str, argv: Sequence[str], log: pathlib.Path, *, env: Mapping[str, str] | None = None,
                 cwd: pathlib.Path | None = None, stop_signal: int = signal.SIGTERM, stop_deadline_s: float = 15):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = pathlib.Path(log)
        self.env = env
        self.cwd = cwd
        self.stop_signal = stop_signal
        self.stop_deadline_s = stop_deadline_s
        self._child: subprocess.Popen | None = None
        self._log_start = 0

    def start(self) -> "Process":
        if self.running():
            raise Failure(f"{self.name} runs already (pid {self.pid})")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self._log_start = log.tell()
            try:
                self._child = subprocess.Popen(
                    self._argv_that_dies_with_us(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    env=None if self.env is None else dict(self.env), cwd=self.cwd, start_new_session=True)
            except OSError as error:
                raise Failure(f"{self.name} cannot be started: {error}; ./dev setup installs what is missing") from error
        return self

    def _argv_that_dies_with_us(self) -> list[str]:
        # The kernel ends the child with the *thread* that started it, so only the main thread may ask for that.
        if threading.current_thread() is not threading.main_thread() or not shutil.which("setpriv"):
            return self.argv
        return ["setpriv", "--pdeathsig", signal.Signals(self.stop_signal).name.removeprefix("SIG"), *self.argv]

    @property
    def pid(self) -> int:
        if self._child is None:
            raise Failure(f"{self.name} was not started")
        return self._child.pid

    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return None if self._child is None else self._child.poll()

    def wait(self, deadline_s: float) -> int:
        """Waits for it to end by itself; its exit code."""
        assert self._child is not None
        try:
            return self._child.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} still runs after {deadline_s:g} s{self._tail()}") from None

    def signal(self, number: int) -> None:
        if self.running():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, as a power cut would: nothing is flushed."""
        self.signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def stop(self) -> int | None:
        """Asks it to end, kills it after the deadline; its exit code."""
        self.signal(self.stop_signal)
        if self._child is not None:
            try:
                self._child.wait(self.stop_deadline_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.exit_code

    def wait_for(self, what: str, condition: Callable[[], object], deadline_s: float = 30):
        """As wait_until, but fails at once, with the end of the log, when the process ends."""

        def checked():
            value = condition()
            if not value and not self.running():
                raise Failure(f"{self.name} ended (exit code {self.exit_code}) before: {what}{self._tail()}")
            return value

        try:
            return wait_until(f"{self.name}: {what}", checked, deadline_s)
        except Failure as failure:
            raise failure if self.log.name in str(failure) else Failure(f"{failure}{self._tail()}") from None

    def wait_for_port(self, port: int, deadline_s: float = 30) -> None:
        self.wait_for(f"port {port} open", lambda: port_is_open(port), deadline_s)

    def wait_for_log(self, pattern: str, deadline_s: float = 30) -> re.Match:
        """A line of this start's log that matches the regular expression."""
        expression = re.compile(pattern, re.MULTILINE)
        return self.wait_for(f"log line {pattern!r}", lambda: expression.search(self.log_text()), deadline_s)

    def log_text(self) -> str:
        """What this start has written."""
        if not self.log.exists():
            return ""
        with open(self.log, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _tail(self) -> str:
        lines = self.log_text().splitlines()[-LOG_TAIL_LINES:]
        return f"\n--- end of {self.log} ---\n" + "\n".join(lines)

    def __enter__(self) -> "Process":
        return self if self.running() else self.start()

    def __exit__(self, *_exception) -> None:
        self.stop()

"""`./dev kafka`: a cluster that stays up after the command, kept by a process of ours until `down` ends it.

    kafka_up.py up [--brokers 1|3]     prints the bootstrap address; data of an earlier cluster are deleted
    kafka_up.py down                   ends the cluster that `up` started, if it still runs
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from . import kafka, processes
from .processes import Failure

HOME = kafka.CACHE / "cluster"
START_DEADLINE_S, STOP_DEADLINE_S = 120, 40


def keeper(home: pathlib.Path) -> int | None:
    """The pid of the process that keeps the cluster. A pid that somebody else has got meanwhile is not ours."""
    try:
        pid = int((home / "pid").read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"keep" in command and str(home).encode() in command else None


def up(home: pathlib.Path, brokers: int) -> None:
    if keeper(home):
        raise Failure(f"a cluster is up already, at {(home / 'bootstrap').read_text()}; end it with ./dev kafka down")
    kafka.libraries()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with open(home / "keeper.log", "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "motorcade_rig.kafka_up", "keep", "--home", str(home), "--brokers", str(brokers)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            cwd=pathlib.Path(__file__).parents[1])
    (home / "pid").write_text(str(child.pid))

    def is_up() -> bool:
        if child.poll() is not None:
            raise Failure("the brokers did not start:\n" + (home / "keeper.log").read_text()[-3000:])
        return (home / "bootstrap").exists()

    try:
        processes.wait_until("the brokers to start", is_up, START_DEADLINE_S)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    print((home / "bootstrap").read_text())


def keep(home: pathlib.Path, brokers: int) -> None:
    processes.end_on_signals()
    with kafka.Cluster(home, brokers=brokers) as cluster:
        ready = home / "bootstrap.new"
        ready.write_text(cluster.bootstrap)
        ready.rename(home / "bootstrap")
        signal.pause()


def down(home: pathlib.Path) -> None:
    pid = keeper(home)
    if pid is None:
        print("no cluster is up")
        return
    os.kill(pid, signal.SIGTERM)
    processes.wait_until("the brokers to end", lambda: keeper(home) is None, STOP_DEADLINE_S)
    shutil.rmtree(home)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev kafka")
    parser.add_argument("command", choices=["up", "down", "keep"])
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    parser.add_argument("--home", type=pathlib.Path, default=HOME, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        if options.command == "down":
            down(options.home)
        else:
            {"up": up, "keep": keep}[options.command](options.home, options.brokers)
    except Failure as failure:
        print(f"kafka: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

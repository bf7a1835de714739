"""The log's contract on a real broker: starts one, and runs kafka_log_test on it."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from motorcade_rig import kafka, processes


def main(arguments: list[str]) -> int:
    processes.end_on_signals()
    program = pathlib.Path(os.environ.get("MOTORCADE_BUILD", kafka.CACHE.parents[1] / "build" / "release")) / "tests"
    with tempfile.TemporaryDirectory() as directory, kafka.Cluster(pathlib.Path(directory) / "kafka") as cluster:
        environment = dict(os.environ, MOTORCADE_KAFKA=cluster.bootstrap, MOTORCADE_KAFKA_PID=str(cluster.processes[0].pid))
        return subprocess.run([program / "kafka_log_test", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except processes.Failure as failure:
        sys.exit(f"contract.kafka: {failure}")

"""The log's contract on a real broker: starts one, and runs kafka_log_test on it. With --secure first, on one that asks for TLS,
a certificate and a password: a part of the cases, of every kind of client that the log makes."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from motorcade_rig import certificates, kafka, openssl, processes

PART = ["*LogContract.SequencesAreDense*", "*LogContract.ANewerWriterFences*", "*LogContract.AnInboxKeepsItsOrder*",
        "*LogContract.TrimmingAnInbox*", "*LogContract.WhatWasCommitted*", "KafkaLog.OwnersKilled*", "KafkaLog.AReadFromTheMiddle*",
        "KafkaLog.ItIsBornOnce", "*SnapshotContract.ComeBack*", "*TelemetryContract.WhatIsRecorded*"]


def main(arguments: list[str]) -> int:
    processes.end_on_signals()
    program = pathlib.Path(os.environ.get("MOTORCADE_BUILD", kafka.CACHE.parents[1] / "build" / "release")) / "tests"
    secure = arguments[:1] == ["--secure"]
    with tempfile.TemporaryDirectory() as name:
        directory, authority = pathlib.Path(name), None
        if secure:
            openssl.ensure_openssl()
            authority = certificates.Authority(directory / "certificates")
            arguments = [f"--gtest_filter={':'.join(PART)}", *arguments[1:]]
        with kafka.Cluster(directory / "kafka", secure=authority) as cluster:
            environment = dict(os.environ, MOTORCADE_KAFKA=cluster.bootstrap, MOTORCADE_KAFKA_PID=str(cluster.processes[0].pid),
                               MOTORCADE_KAFKA_CLIENT="\n".join(f"{name}={value}" for name, value in cluster.client.items()))
            return subprocess.run([program / "kafka_log_test", *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except processes.Failure as failure:
        sys.exit(f"contract.kafka: {failure}")

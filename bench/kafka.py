#!/usr/bin/env python3
"""motorcade-bench with a broker beside it, and what Kafka's own tools do there: kafka.py PROGRAM [NAME…] [--json FILE]."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))

from motorcade_rig import kafka, processes  # noqa: E402

RECORDS = 1_000_000
SETTINGS = ["acks=all", "compression.type=zstd", "linger.ms=5", "batch.size=1000000"]  # as adapters/kafka has them


def tool(cluster: kafka.Cluster, main: str, *arguments: str) -> str:
    command = [shutil.which("java"), "-Xmx512m", "-cp", f"{kafka.libraries()}/*", f"org.apache.kafka.tools.{main}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise processes.Failure(f"{main} failed: {done.stderr[-1000:]}")
    return done.stdout


def producer_rate(cluster: kafka.Cluster) -> float:
    """Records per second of the best of three runs; the first one warms the broker up."""
    tool(cluster, "TopicCommand", "--bootstrap-server", cluster.bootstrap, "--create", "--topic", "tool", "--partitions", "8")
    rate = 0.0
    for _ in range(3):
        out = tool(cluster, "ProducerPerformance", "--topic", "tool", "--num-records", str(RECORDS), "--record-size", "200",
                   "--throughput", "-1", "--producer-props", f"bootstrap.servers={cluster.bootstrap}", *SETTINGS)
        rate = max(rate, float(re.findall(r"([\d.]+) records/sec", out)[-1]))
    return rate


def consumer_rate(cluster: kafka.Cluster) -> float:
    """Records per second of what the producer left, without the time that joining a group takes."""
    out = tool(cluster, "ConsumerPerformance", "--bootstrap-server", cluster.bootstrap, "--topic", "tool", "--messages", str(RECORDS))
    return float(out.strip().splitlines()[-1].split(",")[-1])


def main() -> int:
    processes.end_on_signals()
    program, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory, kafka.Cluster(pathlib.Path(directory) / "kafka", heap="1g",
                                                                                jvm=()) as cluster:
        environment = dict(os.environ, MOTORCADE_KAFKA=cluster.bootstrap, MOTORCADE_KAFKA_TOOL=str(producer_rate(cluster)))
        environment["MOTORCADE_KAFKA_TOOL_READ"] = str(consumer_rate(cluster))
        return subprocess.run([program, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.Failure as failure:
        sys.exit(f"bench: {failure}")

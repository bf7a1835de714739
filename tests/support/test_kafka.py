"""`./dev kafka up` and `down`, and what is said where Apache Kafka cannot be had."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from motorcade_rig import kafka, processes

SUPPORT = pathlib.Path(__file__).parent


class KafkaTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name) / "cluster"

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", "motorcade_rig.kafka_up", *arguments, "--home", str(self.home)],
                              cwd=SUPPORT, capture_output=True, text=True, check=False)

    def test_it_stays_up_until_down(self):
        up = self.command("up")
        self.addCleanup(self.command, "down")
        self.assertEqual(up.returncode, 0, up.stderr)
        port = int(up.stdout.strip().removeprefix("127.0.0.1:"))
        self.assertTrue(processes.port_is_open(port))
        again = self.command("up")
        self.assertEqual(again.returncode, 1)
        self.assertIn("up already", again.stderr)
        self.assertEqual(self.command("down").returncode, 0)
        self.assertFalse(processes.port_is_open(port))
        self.assertFalse(self.home.exists())
        self.assertIn("no cluster is up", self.command("down").stdout)

    def test_no_way_to_maven_is_said(self):
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        (programs / "mvn").write_text("#!/bin/sh\necho 'Unknown host repository.invalid'\nexit 1\n")
        (programs / "mvn").chmod(0o755)
        with mock.patch.dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}"):
            with self.assertRaisesRegex(processes.Failure, "Maven Central.*out of reach(.|\n)*repository.invalid"):
                kafka.libraries(self.home / "cache")
        with mock.patch.dict(os.environ, PATH=str(self.home)):
            with self.assertRaisesRegex(processes.Failure, "no mvn"):
                kafka.libraries(self.home / "cache")


if __name__ == "__main__":
    unittest.main()

"""A private PostgreSQL: starts, answers, keeps what it was told, refuses a wrong password, leaves nothing."""

import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

from motorcade_rig import postgres, processes, unprivileged
from motorcade_rig.processes import Failure


class ClusterTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_serves_and_keeps(self):
        self.directory.chmod(0o755)
        with postgres.Cluster(self.directory / "cluster", throw_away=True) as database:
            database.query("create table ecu (id text, version text); insert into ecu values ('ECU_001', '1.0.0')")
            self.assertEqual([["ECU_001", "1.0.0"]], database.query("select * from ecu"))
            with self.assertRaisesRegex(Failure, "does not exist"):
                database.query("select * from nothing")
            password, database.password = database.password, "wrong"
            with self.assertRaisesRegex(Failure, "password authentication failed"):
                database.query("select 1")
            database.password = password
            port = database.port
        self.assertFalse(processes.port_is_open(port))
        with postgres.Cluster(self.directory / "cluster", throw_away=True) as database:
            self.assertEqual([["1"]], database.query("select count(*) from ecu"))
            self.assertIn(f"port={database.port} ", database.url)

    def test_serves_from_a_home_that_others_cannot_enter(self):
        self.assertEqual(0o700, self.directory.stat().st_mode & 0o777)
        deep = self.directory / ("d" * 60) / ("e" * 60)  # and too deep for a socket's name
        with postgres.Cluster(deep, throw_away=True) as database:
            self.assertEqual([["2"]], database.query("select 1 + 1"))

    @mock.patch.object(unprivileged, "_passing_closed_folders", return_value=[])
    @mock.patch.object(unprivileged.os, "geteuid", return_value=0)
    def test_says_so_when_nobody_can_run_it(self, *_mocks):
        trial = subprocess.CompletedProcess([], 1)
        with (mock.patch.object(unprivileged.subprocess, "run", return_value=trial),
              mock.patch.object(unprivileged.os, "chown")):
            with self.assertRaisesRegex(Failure, "cannot reach .*chmod o.x"):
                postgres.Cluster(self.directory / "cluster")


if __name__ == "__main__":
    unittest.main()

"""What the rig promises about processes: ended always, failures that say what happened."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from motorcade_rig import processes
from motorcade_rig.processes import Failure, Process


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


class ProcessTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def shell(self, script: str, **options) -> Process:
        return Process("script", ["/bin/sh", "-c", script], self.directory / "log", **options)

    def test_waits_for_a_log_line_and_ends_it(self):
        with self.shell("echo ready at last; exec sleep 600") as process:
            self.assertEqual("ready at last", process.wait_for_log("^ready .*$").group())
            pid = process.pid
        self.assertFalse(alive(pid))
        self.assertEqual(-signal.SIGTERM, process.exit_code)

    def test_ends_it_when_the_block_raises(self):
        with self.assertRaises(KeyError):
            with self.shell("exec sleep 600") as process:
                raise KeyError
        self.assertFalse(process.running())

    def test_kills_what_does_not_listen(self):
        process = self.shell("trap '' TERM; echo deaf; while :; do sleep 0.1; done", stop_deadline_s=0.3).start()
        process.wait_for_log("deaf")
        self.assertEqual(-signal.SIGKILL, process.stop())

    def test_an_early_end_is_told_with_the_log(self):
        process = self.shell("echo no such table; exit 7").start()
        with self.assertRaisesRegex(Failure, r"(?s)exit code 7.*never comes.*no such table"):
            process.wait_for_log("never comes", deadline_s=20)

    def test_a_deadline_is_told_with_the_log(self):
        with self.shell("echo still thinking; exec sleep 600") as process:
            process.wait_for_log("still")
            with self.assertRaisesRegex(Failure, r"(?s)0.2 s in vain.*still thinking"):
                process.wait_for("an answer", lambda: False, deadline_s=0.2)

    def test_log_text_is_of_this_start_only(self):
        process = self.shell("echo $$")
        process.start().wait(10)
        first = process.log_text()
        process.start().wait(10)
        self.assertNotEqual(first, process.log_text())
        self.assertEqual(1, len(process.log_text().split()))

    def test_a_missing_program_is_a_clear_failure(self):
        process = Process("ghost", ["/no/such/program"], self.directory / "log")
        with self.assertRaisesRegex(Failure, "ghost"):
            process.start().wait_for("anything", lambda: False, deadline_s=5)

    def test_a_killed_script_leaves_nothing_behind(self):
        script = ("import sys, time, pathlib; from motorcade_rig.processes import Process\n"
                  "p = Process('child', ['sleep', '600'], pathlib.Path(sys.argv[1])).start()\n"
                  "print(p.pid, flush=True); time.sleep(600)")
        parent = subprocess.Popen([sys.executable, "-c", script, str(self.directory / "log")], stdout=subprocess.PIPE,
                                  env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parent)})
        pid = int(parent.stdout.readline())
        processes.wait_until("the child sleeps", lambda: "sleep" in pathlib.Path(f"/proc/{pid}/comm").read_text())
        parent.kill()
        parent.communicate()
        processes.wait_until("the child ends too", lambda: not alive(pid) or "Z" == self.state_of(pid), deadline_s=10)

    @staticmethod
    def state_of(pid: int) -> str:
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return "Z"


if __name__ == "__main__":
    unittest.main()

"""The demo, as `./dev demo --once` runs it, keeps its contract: exit code, outcomes, exact waves, equal hashes."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import by_hand


class DemoTest(unittest.TestCase):
    arguments: list[str] = []

    def test_once(self):
        with tempfile.TemporaryDirectory(prefix="motorcade-e2e-") as name:
            directory = pathlib.Path(name)
            done = subprocess.run(
                [sys.executable, by_hand.CHECKOUT / "apps" / "demo" / "demo.py", "--once", "--vehicles", "10",
                 "--directory", directory / "demo", "--json", directory / "out.json", *self.arguments],
                capture_output=True, text=True, timeout=570, check=False)
            self.assertEqual(0, done.returncode, done.stdout[-3000:] + done.stderr[-3000:])
            out = json.loads((directory / "out.json").read_text())
        self.assertEqual(out["state_hash"]["live"], out["state_hash"]["replayed"])
        self.assertRegex(out["state_hash"]["live"], "^[0-9a-f]{64}$")
        self.assertEqual((10, 9, 0, 1), (out["vehicles"], out["verified"], out["failed"], out["rolled_back"]))
        self.assertEqual([(1, 1), (2, 4), (3, 5)], [(wave["number"], wave["size"]) for wave in out["waves"]])
        self.assertEqual([1, 4, 4], [wave["verified"] for wave in out["waves"]])
        self.assertEqual([(0, 0), (0, 0), (0, 1)], [(wave["failed"], wave["rolled_back"]) for wave in out["waves"]])
        for wave in out["waves"]:
            self.assertEqual("passed", wave["state"])
            self.assertTrue(wave["gate"], "a gate without evidence")
        self.assertGreater(out["events"], 100)
        self.assertGreater(out["seconds"], 0)
        self.assertTrue(out["position"])


if __name__ == "__main__":
    by_hand.main()

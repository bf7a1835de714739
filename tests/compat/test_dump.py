"""A dump made by our code passes the verifier that has none of it; an altered dump does not."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
MAKE_DUMP = os.environ["MOTORCADE_BUILD"] + "/tests/make_dump"


def verify(path):
    return subprocess.run([sys.executable, os.path.join(HERE, "verify_dump.py"), path], capture_output=True, text=True)


class Dump(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="motorcade-")
        cls.path = os.path.join(cls.place.name, "dump")
        subprocess.run([MAKE_DUMP, os.path.join(cls.place.name, "log"), cls.path], check=True)
        with open(cls.path, "rb") as file:
            cls.data = file.read()

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def entries(self):
        """(begin, end) of each entry with its length."""
        at, found = 8 + 16 + 6, []
        while size := struct.unpack_from(">I", self.data, at)[0]:
            found.append((at, at + 4 + size))
            at += 4 + size
        return found

    def verify_altered(self, data):
        path = os.path.join(self.place.name, "altered")
        with open(path, "wb") as file:
            file.write(data)
        result = verify(path)
        self.assertNotIn("Traceback", result.stderr)
        return result

    def test_whole(self):
        result = verify(self.path)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 1 + 8 + 2 + 2)
        self.assertIn("vehicle/0 36 ", lines[1])
        self.assertEqual(len(self.entries()), 36 * 9)

    def test_altered_bytes(self):
        for at in range(30, len(self.data), 1009):
            altered = bytearray(self.data)
            altered[at] ^= 0x10
            self.assertNotEqual(self.verify_altered(altered).returncode, 0, f"byte {at}")

    def test_missing_doubled_swapped(self):
        (a, b), (c, d) = self.entries()[5:7]
        data = self.data
        for altered in (data[:a] + data[b:], data[:b] + data[a:], data[:a] + data[c:d] + data[a:b] + data[d:]):
            result = self.verify_altered(altered)
            self.assertEqual(result.returncode, 1)
            self.assertIn("byte", result.stderr)

    def test_cut(self):
        last = self.entries()[-1]
        for size in (0, 10, 29, 33, last[0], last[1], len(self.data) - 1):
            self.assertEqual(self.verify_altered(self.data[:size]).returncode, 1, f"{size} bytes")

    def test_last_envelope_left_out(self):
        begin, end = self.entries()[-1]
        result = self.verify_altered(self.data[:begin] + self.data[end:])
        self.assertIn("ended elsewhere", result.stderr)


if __name__ == "__main__":
    unittest.main()

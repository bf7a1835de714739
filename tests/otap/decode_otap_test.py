#!/usr/bin/env python3
"""decode_otap_test.py SAMPLE OPENSSL: what the library writes, decode_otap.py reads; what is altered, it refuses."""
import os
import pathlib
import subprocess
import sys
import tempfile

sample, openssl = sys.argv[1:3]
decoder = pathlib.Path(__file__).with_name("decode_otap.py")
# A private OpenSSL has its libraries beside it.
libraries = pathlib.Path(openssl).resolve().parents[1] / "lib"
environment = dict(os.environ)
if libraries.parent != pathlib.Path("/usr"):
    environment["LD_LIBRARY_PATH"] = str(libraries)


def decode(folder, file):
    command = [sys.executable, decoder, file, "--keys", folder / "keys.pem", "--openssl", openssl,
               "--extract", folder]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    subprocess.run([sample, folder], check=True)
    bundle = folder / "sample.otab"
    result = decode(folder, bundle)
    assert result.returncode == 0, result.stderr
    print(result.stdout, end="")
    expected = sorted(folder.glob("*.expected"))
    assert len(expected) == 9, expected
    for file in expected:
        assert file.with_suffix("").read_bytes() == file.read_bytes(), file

    good = bundle.read_bytes()
    altered = folder / "altered"
    for offset in range(0, len(good), len(good) // 23):
        altered.write_bytes(good[:offset] + bytes([good[offset] ^ 1]) + good[offset + 1 :])
        assert decode(folder, altered).returncode != 0, f"altered byte {offset} was not noticed"
    altered.write_bytes(good[:-1])
    assert decode(folder, altered).returncode != 0
print("decoded elsewhere: 9 images, 24 alterations refused")

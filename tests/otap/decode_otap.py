#!/usr/bin/env python3
"""Decodes OTAP packages (versions 1 and 2) and OTAB bundles. Written from docs/otap.md with nothing of Motorcade.

    decode_otap.py FILE [--keys PUBLIC.pem --openssl OPENSSL] [--extract DIRECTORY]

Needs Python 3, the zstd program for --extract, and an openssl >= 3.5 program for --keys.
"""
import argparse
import hashlib
import pathlib
import subprocess
import sys
import tempfile

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, count):
        if self.at + count > len(self.data):
            raise ValueError(f"{count} bytes wanted at {self.at}, the end is at {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width):
        return int.from_bytes(self.raw(width), "big")

    def text(self):
        return self.raw(self.number(1)).decode("ascii")


def sha256(data):
    return hashlib.sha256(data).digest()


def require(condition, problem):
    if not condition:
        raise ValueError(problem)


def merkle_root(leaves):
    """RFC 6962 section 2.1, from leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:]))


class Keys:
    """Checks the two signatures with the openssl program."""

    def __init__(self, pem, openssl):
        ends = "-----END PUBLIC KEY-----\n"
        self.pems = [part + ends for part in pathlib.Path(pem).read_text().split(ends)[:2]]
        self.openssl = openssl

    @staticmethod
    def der_integer(data):
        data = data.lstrip(b"\0") or b"\0"
        data = b"\0" + data if data[0] > 127 else data
        return bytes([2, len(data)]) + data

    def holds(self, pem, message, signature, *options):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "key").write_text(pem)
            (folder / "message").write_bytes(message)
            (folder / "signature").write_bytes(signature)
            command = [self.openssl, "pkeyutl", "-verify", "-pubin", "-inkey", folder / "key", "-rawin",
                       "-in", folder / "message", "-sigfile", folder / "signature", *options]
            return subprocess.run(command, capture_output=True).returncode == 0

    def check(self, message, ecdsa, ml_dsa):
        numbers = self.der_integer(ecdsa[:32]) + self.der_integer(ecdsa[32:])
        der = bytes([0x30, len(numbers)]) + numbers
        require(self.holds(self.pems[0], message, der, "-digest", "sha256"), "ECDSA does not hold")
        require(self.holds(self.pems[1], message, ml_dsa, "-pkeyopt", "context-string:motorcade otap v2"),
                "ML-DSA does not hold")


def header(reader):
    magic, version, count, name = reader.raw(4), reader.number(2), reader.number(2), reader.text()
    return magic, version, count, name, reader.raw(16)


def signed_manifest(reader, keys):
    size = reader.number(4)
    manifest = Reader(reader.raw(size))
    signed = reader.data[: reader.at]
    ecdsa, ml_dsa = reader.raw(64), reader.raw(3309)
    if keys:
        keys.check(signed, ecdsa, ml_dsa)
    return manifest


def package_2(reader, count, keys):
    manifest = signed_manifest(reader, keys)
    manifest.raw(32)  # signer
    chunk_size, ecus = manifest.number(4), []
    for _ in range(count):
        ecu = {key: manifest.text() for key in ("id", "hardware", "from", "to")}
        ecu["codec"] = manifest.number(1)
        ecu["stored"], ecu["size"] = manifest.number(8), manifest.number(8)
        ecu["base"], ecu["sha256"], ecu["root"] = (manifest.raw(32) for _ in range(3))
        ecu["needs"] = [(manifest.text(), manifest.text()) for _ in range(manifest.number(1))]
        ecus.append(ecu)
    require(manifest.at == len(manifest.data), "manifest too long")
    for ecu in ecus:
        leaves = [reader.raw(32) for _ in range(-(-ecu["stored"] // chunk_size))]
        require(merkle_root(leaves) == ecu["root"], f"{ecu['id']}: Merkle root")
        chunks = [reader.raw(min(chunk_size, ecu["stored"] - i * chunk_size)) for i in range(len(leaves))]
        for leaf, chunk in zip(leaves, chunks):
            require(sha256(b"\0" + chunk) == leaf, f"{ecu['id']}: chunk")
        ecu["data"] = b"".join(chunks)
    return ecus


def package_1(reader, count):
    ecus = []
    for _ in range(count):
        ecu = {key: reader.text() for key in ("id", "from", "to")}
        ecu["stored"], ecu["sha256"] = reader.number(4), reader.raw(32)
        ecu["data"] = reader.raw(ecu["stored"])
        ecu["codec"] = 1 if ecu["data"][:4] == ZSTD_MAGIC else 0
        ecus.append(ecu)
    return ecus


def package(data, keys):
    reader = Reader(data)
    magic, version, count, zone, _ = header(reader)
    require(magic == b"OTAP" and version in (1, 2), "not an OTAP package")
    ecus = package_2(reader, count, keys) if version == 2 else package_1(reader, count)
    require(reader.at == len(data), "bytes after the end")
    return zone, ecus


def packages(data, keys):
    reader = Reader(data)
    magic, version, count, _, _ = header(reader)
    if magic == b"OTAP":
        return [package(data, keys)]
    require(magic == b"OTAB" and version == 1, "neither OTAP nor OTAB")
    manifest = signed_manifest(reader, keys)
    manifest.raw(32)  # signer
    total, found = manifest.number(8), []
    require(total == len(data), "the bundle has another size")
    for _ in range(count):
        zone, offset, size, digest = manifest.text(), manifest.number(8), manifest.number(8), manifest.raw(32)
        part = data[offset : offset + size]
        require(sha256(part) == digest, f"{zone}: SHA-256 of the package")
        found.append(package(part, keys))
        require(found[-1][0] == zone, f"{zone}: a package of another zone")
    return found


def image(ecu):
    data = ecu["data"]
    if ecu["codec"] == 1:
        data = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True).stdout
    require(sha256(data) == ecu["sha256"], f"{ecu['id']}: SHA-256 of the image")
    return data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--keys")
    parser.add_argument("--openssl", default="openssl")
    parser.add_argument("--extract", type=pathlib.Path)
    options = parser.parse_args()
    keys = Keys(options.keys, options.openssl) if options.keys else None
    for zone, ecus in packages(options.file.read_bytes(), keys):
        for ecu in ecus:
            print(zone, ecu["id"], ecu["from"], "->", ecu["to"], ecu["stored"], "bytes stored")
            if options.extract:
                (options.extract / f"{zone}.{ecu['id']}").write_bytes(image(ecu))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"decode_otap: {problem}")

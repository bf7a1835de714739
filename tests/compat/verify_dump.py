#!/usr/bin/env python3
"""Verifies a dump of the log (`motorcade log cat --raw`) from docs/log.md alone, without our code.

usage: verify_dump.py DUMP        prints a line per partition; exit code 1 and the place if anything is wrong
"""
import hashlib
import struct
import sys

STREAMS = {1: "vehicle", 2: "campaign", 3: "catalog"}
NO_HASH = bytes(32)


class Wrong(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, size):
        if self.at + size > len(self.data):
            raise Wrong(f"ends inside a field, at byte {self.at}")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, kind):
        return struct.unpack(">" + kind, self.raw(struct.calcsize(">" + kind)))[0]

    def partition(self):
        stream, number = self.number("B"), self.number("H")
        if stream not in STREAMS:
            raise Wrong(f"no such stream: {stream}")
        return f"{STREAMS[stream]}/{number}"


def skip_cause(reader):
    kind = reader.number("B")
    sizes = {0: 0, 1: 16, 2: 16 + 16 + 8 + 8 + 8, 3: 16 + 15, 4: 16 + 15 + 15}
    if kind not in sizes:
        raise Wrong(f"no such cause: {kind}")
    reader.raw(sizes[kind])


def parse_envelope(data):
    """Its place, what must not run backwards, the hash of the one before, and the number of facts."""
    reader = Reader(data)
    if reader.raw(4) != b"MCE\x01":
        raise Wrong("not an envelope of format 1")
    envelope = {"partition": reader.partition(), "sequence": reader.number("Q"), "position": reader.number("Q"),
                "reacted_through": reader.number("Q")}
    reader.raw(16)  # occurred_at, recorded_at
    envelope["committed_at"] = reader.number("q")
    skip_cause(reader)
    reader.raw(16)  # correlation
    reader.raw(reader.number("H")).decode()  # actor
    envelope["previous"] = reader.raw(32)
    envelope["facts"] = reader.number("H")
    for _ in range(envelope["facts"]):
        reader.raw(1)  # aggregate type
        reader.raw(reader.number("B"))  # its id
        reader.raw(8 + 2 + 2)  # version, type, schema version
        reader.raw(reader.number("I"))  # payload
    if not envelope["facts"] or reader.at != len(data):
        raise Wrong("an envelope has facts, and nothing after them")
    return envelope


class Chain:
    """One partition as far as it was read."""

    def __init__(self):
        self.next, self.head, self.facts = 0, NO_HASH, 0
        self.last = {"position": 0, "reacted_through": 0, "committed_at": -1 << 63}

    def take(self, envelope, data):
        if envelope["sequence"] != self.next:
            raise Wrong(f"sequence {envelope['sequence']} where {self.next} is due")
        if envelope["previous"] != self.head:
            raise Wrong("the chain is broken: another envelope came before")
        for field, before in self.last.items():
            if envelope[field] < before:
                raise Wrong(f"{field} runs backwards")
            self.last[field] = envelope[field]
        if envelope["reacted_through"] > self.next:
            raise Wrong("reacted_through names what was not written yet")
        self.next, self.head = self.next + 1, hashlib.sha256(data).digest()
        self.facts += envelope["facts"]


def verify(data):
    dump = Reader(data)
    if dump.raw(8) != b"MCDUMP1\n":
        raise Wrong("not a dump")
    print("incarnation", dump.raw(16).hex())
    counts = {name: dump.number("H") for name in STREAMS.values()}
    chains = {f"{name}/{i}": Chain() for name, count in counts.items() for i in range(count)}
    while size := dump.number("I"):
        at = dump.at
        try:
            envelope_bytes = dump.raw(size)
            envelope = parse_envelope(envelope_bytes)
            if envelope["partition"] not in chains:
                raise Wrong(f"no such partition: {envelope['partition']}")
            chains[envelope["partition"]].take(envelope, envelope_bytes)
        except (Wrong, UnicodeDecodeError) as wrong:
            raise Wrong(f"the envelope at byte {at}: {wrong}") from None
    for name, chain in chains.items():
        if dump.number("Q") != chain.next or dump.raw(32) != chain.head:
            raise Wrong(f"{name} ended elsewhere when the dump was made")
        print(name, chain.next, chain.facts, chain.head.hex())
    if dump.at != len(data):
        raise Wrong("something follows the end")


if __name__ == "__main__":
    try:
        with open(sys.argv[1], "rb") as file:
            verify(file.read())
    except (Wrong, OSError, IndexError) as error:
        sys.exit(f"verify_dump: {error}" if not isinstance(error, IndexError) else __doc__)

"""One MQTT 5 connection (OASIS, 2019) in Python, for tests that say more than mosquitto_pub can: no more of it than they need.

Its session ends with it; publishes at QoS 1, many under way at once; needs an OpenSSL that speaks the broker's group.
"""

import asyncio
import collections
import itertools
import struct
from collections.abc import Callable

from .processes import Failure

IN_FLIGHT = 100  # what the rig's broker takes unacknowledged from one client (max_inflight_messages)
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
LEAST_REFUSAL = 0x80


class Connection:
    """Connects, subscribes to one filter, and then may publish. `on_message(topic, payload)` is called while listening."""

    def __init__(self, writer: asyncio.StreamWriter, topic_filter: str, on_message: Callable[[str, bytes], None]):
        self.subscribed = False
        self._writer = writer
        self._filter = topic_filter
        self._on_message = on_message
        self._waiting: collections.deque[tuple[bytes, bytes]] = collections.deque()
        self._in_flight: set[int] = set()
        self._ids = itertools.cycle(range(1, 1 << 16))
        clean_start_no_keep_alive_no_properties = b"\x02\x00\x00\x00"
        name = f"test-{id(self):x}"
        self._write(CONNECT, _text("MQTT") + b"\x05" + clean_start_no_keep_alive_no_properties + _text(name))

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Until the broker closes the connection; Failure: it refuses something."""
        pending = b""
        while data := await reader.read(1 << 16):
            pending, at = pending + data, 0
            while (packet := _packet(pending, at)) is not None:
                kind, body, at = packet
                self._take(kind, body)
            pending = pending[at:]
        raise ConnectionError("the broker closed the connection")

    def close(self) -> None:
        self._writer.close()

    def has_room(self) -> bool:
        return len(self._waiting) < IN_FLIGHT

    def publish(self, topic: str, body: bytes, user_properties: list[tuple[str, str]]) -> None:
        properties = b"".join(b"\x26" + _text(name) + _text(value) for name, value in user_properties)
        self._waiting.append((_text(topic), _number(len(properties)) + properties + body))
        self._go_on()

    def _take(self, kind: int, body: bytes) -> None:
        if kind & 0xF0 == PUBACK:
            if len(body) > 2 and body[2] >= LEAST_REFUSAL:
                raise Failure(f"the broker refuses a report: reason 0x{body[2]:02x}")
            self._in_flight.discard(int.from_bytes(body[:2], "big"))
            self._go_on()
        elif kind & 0xF0 == PUBLISH:
            self._take_message(kind, body)
        elif kind == CONNACK:
            if body[1]:
                raise Failure(f"the broker refuses the connection: reason 0x{body[1]:02x}")
            self._write(SUBSCRIBE, struct.pack(">H", 1) + b"\x00" + _text(self._filter) + b"\x01")
        elif kind == SUBACK:
            if body[-1] >= LEAST_REFUSAL:
                raise Failure(f"the broker refuses the subscription: reason 0x{body[-1]:02x}")
            self.subscribed = True

    def _take_message(self, kind: int, body: bytes) -> None:
        size = int.from_bytes(body[:2], "big")
        topic, at = body[2:2 + size].decode(), 2 + size
        if kind >> 1 & 3:
            self._write(PUBACK, body[at:at + 2])
            at += 2
        length, at = _number_at(body, at)
        self._on_message(topic, body[at + length:])

    def _go_on(self) -> None:
        while self._waiting and len(self._in_flight) < IN_FLIGHT:
            number = next(n for n in self._ids if n not in self._in_flight)
            self._in_flight.add(number)
            before, after = self._waiting.popleft()
            self._write(PUBLISH | 1 << 1, before + struct.pack(">H", number) + after)

    def _write(self, kind: int, body: bytes) -> None:
        self._writer.write(bytes([kind]) + _number(len(body)) + body)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def _number(value: int) -> bytes:
    """A variable byte integer (§1.5.5)."""
    out = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _number_at(data: bytes, at: int) -> tuple[int, int]:
    """The number and where it ends; IndexError: there is more to come."""
    value, shift = 0, 0
    while True:
        digit = data[at]
        value, shift, at = value | (digit & 0x7F) << shift, shift + 7, at + 1
        if not digit & 0x80:
            return value, at


def _packet(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """Kind, body and end of the packet that begins there; None: it is not whole yet."""
    try:
        length, begin = _number_at(data, at + 1)
    except IndexError:
        return None
    if begin + length > len(data):
        return None
    return data[at], data[begin:begin + length], begin + length

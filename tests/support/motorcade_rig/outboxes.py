"""Vehicles by the hundred that only report: each an outbox with known places, all under the simulator's certificate.

Most report over one MQTT 5 connection, as an agent does (vehicle_agent/core/outbox.hpp has the rules): QoS 1, at most 64
beyond what is contiguous, sent again until `vehicle/{vin}/ack` covers it. The others report by HTTPS, one report after the
other, until each is answered. What is acknowledged is recorded as it comes; nothing that was is ever sent again.
"""

import asyncio
import dataclasses
import http.client
import itertools
import json
import ssl
import threading
import time

from . import http as https
from .certificates import Authority
from .mqtt_connection import Connection
from .processes import Failure

WINDOW = 64
FIRST_RESEND_S, LAST_RESEND_S = 5, 60
TICK_S, PAUSE_S = 0.01, 0.25
EPOCH = 1


class Covered:
    """The sequences that an acknowledgement covers."""

    def __init__(self, ack: dict):
        self._contiguous, self._bitmap = ack["contiguous"], int(ack["bitmap"], 16)

    def __contains__(self, sequence: int) -> bool:
        return sequence <= self._contiguous or bool(self._bitmap >> (sequence - self._contiguous - 1) & 1)

    def highest(self) -> int:
        return self._contiguous + self._bitmap.bit_length()

    def all(self) -> set[int]:
        return {sequence for sequence in range(1, self.highest() + 1) if sequence in self}


@dataclasses.dataclass(eq=False)
class Outbox:
    """One vehicle's. A report's body follows from its sequence, so nothing but places is kept."""

    vin: str
    identity: str  # 16 hexadecimal digits
    next: int = 1
    contiguous: int = 0
    unanswered: dict[int, tuple[float, int]] = dataclasses.field(default_factory=dict)  # when it is sent again, times sent
    acknowledged: set[int] = dataclasses.field(default_factory=set)

    def report(self, sequence: int) -> tuple[str, dict]:
        """Where it goes, and what it says: first a configuration, then readiness again and again."""
        if sequence == 1:
            ecu = {"id": "ECU_015", "type": "SCM", "hardware": "TC375", "version": "1.0.0"}
            zone = {"gateway": "ZG_BODY", "model": "ZG-1", "ecus": [ecu]}
            return "vci", {"model": "Reporter", "year": 2026, "vmgId": "VMG-1", "bootCount": "1", "zones": [zone]}
        return "ota/status", {"readiness": {"parked": bool(sequence & 1), "batteryPercent": sequence % 101}}

    def has_room(self) -> bool:
        """A stranger's readiness would be refused: who is not known yet says first who it is."""
        return self.next <= self.contiguous + WINDOW and (self.contiguous > 0 or self.next == 1)

    def take(self, ack: dict) -> None:
        if (ack["epoch"], ack["id"]) != (EPOCH, self.identity):
            raise Failure(f"{self.vin}: an acknowledgement of another outbox: {ack}")
        ack_covers = Covered(ack)
        if ack_covers.highest() >= self.next:
            raise Failure(f"{self.vin}: acknowledged what was never sent: {ack}, next is {self.next}")
        covered = [sequence for sequence in self.unanswered if sequence in ack_covers]
        self.contiguous = max(self.contiguous, ack["contiguous"])
        self.acknowledged.update(covered)
        for sequence in covered:
            del self.unanswered[sequence]


class Reporters:
    """`with Reporters(…) as reporters: … reporters.finish(100_000)`.

    vins      who they are; each `https_every`th of them reports by HTTPS, as fast as it is answered
    urls      the HTTPS edges, tried in turn
    token     with the role simulator
    rate      new reports a second by MQTT, until finish() asks for the rest at once
    """

    def __init__(self, broker_port: int, authority: Authority, user: str, vins: list[str], *, urls: list[str], token: str,
                 rate: float, https_every: int = 25):
        boxes = [Outbox(vin, f"{number + 1:016x}") for number, vin in enumerate(vins)]
        self._by_https = {box.vin: box for box in boxes[https_every - 1::https_every]}
        self._by_mqtt = {box.vin: box for box in boxes if box.vin not in self._by_https}
        self._turns = itertools.cycle(self._by_mqtt.values())
        self.boxes = {box.vin: box for box in boxes}
        self.others: dict[str, dict[tuple[int, str], set[int]]] = {}  # acknowledged to vehicles that are not ours
        self.resent = 0
        self._look_again = 0.0
        self._port, self._rate, self._goal = broker_port, rate, 0
        self._tls = ssl.create_default_context(cafile=str(authority.certificate))
        identity = authority.client(user)
        self._tls.load_cert_chain(identity.certificate, identity.key)
        self._clients = [https.Client(url, authority.certificate, token=token, timeout_s=10) for url in urls]
        self._failure: BaseException | None = None
        self._stopping = False
        self._threads = [threading.Thread(target=self._guarded, args=[work], daemon=True)
                         for work in (lambda: asyncio.run(self._report()), self._post)]

    # --- for the test ---
    def __enter__(self) -> "Reporters":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join()

    def mark(self) -> dict[str, int]:
        """How far each outbox has come: for settled()."""
        return {vin: box.next - 1 for vin, box in self.boxes.items()}

    def settled(self, mark: dict[str, int]) -> bool:
        """Whether all that had been sent then is acknowledged."""
        self.check()
        return not self.missing(mark)

    def missing(self, mark: dict[str, int]) -> list[str]:
        """Who still waits, for what, and by which way."""
        return [f"{vin}: {box.contiguous} of {mark[vin]}{' by HTTPS' if vin in self._by_https else ''}"
                for vin, box in self.boxes.items() if box.contiguous < mark[vin]]

    def made(self) -> int:
        return sum(box.next - 1 for box in self.boxes.values())

    def acknowledged(self) -> int:
        self.check()
        return sum(len(box.acknowledged) for box in self.boxes.values())

    def finish(self, reports: int) -> None:
        """Makes the rest of so many at once, if they are not made yet, and then no more. Returns at once: ask done()."""
        self._goal = max(reports, 1)

    def done(self) -> bool:
        return bool(self._goal) and self.made() >= self._goal and self.settled(self.mark())

    def check(self) -> None:
        """Fails with what went wrong in the background."""
        if self._failure:
            raise Failure(f"the reporters failed: {self._failure}") from self._failure

    # --- by HTTPS, in a thread: an answer 200 is the acknowledgement ---
    def _post(self) -> None:
        edges = itertools.cycle(self._clients)
        for box in itertools.cycle(self._by_https.values()):
            while self._goal and self.made() >= self._goal and not self._stopping:
                time.sleep(TICK_S)
            sequence, box.next = box.next, box.next + 1
            while not self._posted(next(edges), box, sequence):
                if self._stopping:
                    return
                self.resent += 1
                time.sleep(PAUSE_S)
            box.contiguous = sequence
            box.acknowledged.add(sequence)
            if self._stopping:
                return

    @staticmethod
    def _posted(edge: https.Client, box: Outbox, sequence: int) -> bool:
        topic, body = box.report(sequence)
        path = f"/api/v1/vehicles/{box.vin}/vci" if topic == "vci" else f"/api/v1/ota/status?vin={box.vin}"
        place = {"Motorcade-Outbox-Epoch": str(EPOCH), "Motorcade-Outbox-Id": box.identity,
                 "Motorcade-Sequence": str(sequence)}
        try:
            answer = edge.request("POST", path, body, place)
        except (OSError, http.client.HTTPException):
            return False
        return answer.expect(200, 429, 503).status == 200

    # --- by MQTT, in another ---
    async def _report(self) -> None:
        while not self._stopping:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls,
                                                               server_hostname="localhost")
                await self._talk(reader, Connection(writer, "vehicle/+/ack", self._acknowledge))
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(PAUSE_S)

    async def _talk(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        listening = asyncio.create_task(connection.listen(reader))
        for box in self._by_mqtt.values():  # what an agent does when its link is up
            box.unanswered = {sequence: (0.0, 0) for sequence in box.unanswered}
        last, credit = time.monotonic(), 0.0
        try:
            while not self._stopping and not listening.done():
                now = time.monotonic()
                last, credit = now, min(credit + (now - last) * self._rate, self._rate)  # what had no room is not made up for
                if connection.subscribed:
                    self._resend(connection)
                    credit -= self._make(connection, self._goal - self.made() if self._goal else int(credit))
                await asyncio.sleep(TICK_S)
            if listening.done():
                listening.result()
        finally:
            listening.cancel()
            connection.close()

    def _acknowledge(self, topic: str, payload: bytes) -> None:
        vin, ack = topic.split("/")[1], json.loads(payload)
        if vin in self._by_mqtt:
            self._by_mqtt[vin].take(ack)
        elif vin not in self._by_https:
            self.others.setdefault(vin, {}).setdefault((ack["epoch"], ack["id"]), set()).update(Covered(ack).all())

    def _resend(self, connection: Connection) -> None:
        now = time.monotonic()
        if now < self._look_again:
            return
        self._look_again = now + PAUSE_S
        for box in self._by_mqtt.values():
            for sequence, (due, tries) in box.unanswered.items():
                if due <= now:
                    self._send(connection, box, sequence, tries)
                    self.resent += bool(tries)

    def _make(self, connection: Connection, most: int) -> int:
        """New reports, of each vehicle in turn, as far as windows and the connection have room: how many."""
        made, full = 0, 0
        while made < most and full < len(self._by_mqtt) and connection.has_room():
            box = next(self._turns)
            full = 0 if box.has_room() else full + 1
            if not full:
                self._send(connection, box, box.next, 0)
                box.next += 1
                made += 1
        return made

    @staticmethod
    def _send(connection: Connection, box: Outbox, sequence: int, tries: int) -> None:
        wait = min(FIRST_RESEND_S * 2 ** min(tries, 10), LAST_RESEND_S)
        box.unanswered[sequence] = (time.monotonic() + wait, tries + 1)
        topic, body = box.report(sequence)
        place = [("outbox-epoch", str(EPOCH)), ("outbox-id", box.identity), ("sequence", str(sequence))]
        connection.publish(f"vehicle/{box.vin}/{topic}", json.dumps(body).encode(), place)

    def _guarded(self, work) -> None:
        try:
            work()
        except BaseException as failure:  # told by check()
            self._failure = self._failure or failure

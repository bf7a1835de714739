"""What the end-to-end tests share: a stack of their own, vehicles driven by hand, and what the log says about them."""

import dataclasses
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "apps" / "demo"))

from stack import ROLES, Stack, vin_of  # noqa: E402  (it puts the rig on the path too)
from demo import replayed_hash, state_at_rest  # noqa: E402
from motorcade_rig import broker, mqtt, openssl, processes  # noqa: E402

OUTBOX = "00000000000000ab"
WHEN = {"checkpoints": ["updated_at"], "schema_migrations": ["applied_at"]}  # columns that say when it was projected


def bytes_below(*directories: pathlib.Path) -> dict[pathlib.Path, bytes]:
    """Every file's content; a file that the engine removes meanwhile is passed over."""
    found = {}
    for directory in directories:
        for path in directory.rglob("*"):
            try:
                if path.is_file():
                    found[path] = path.read_bytes()
            except FileNotFoundError:
                pass
    return found


@dataclasses.dataclass(frozen=True)
class Envelope:
    """A line of `motorcade log cat` with the facts below it."""

    position: str  # stream/partition@sequence
    cause: str
    facts: tuple[str, ...]  # "vehicle.VciRecorded v1 …"

    def names(self) -> list[str]:
        return [fact.split(" ", 1)[0] for fact in self.facts]

    def has(self, *words: str) -> bool:
        """Whether one fact has all these words."""
        return any(all(word in fact for word in words) for fact in self.facts)


def envelopes(stack: Stack) -> list[Envelope]:
    """The whole log; also while an engine runs on it."""
    found = []
    for line in stack.read_log("cat"):
        if line.startswith("  "):
            found[-1] = dataclasses.replace(found[-1], facts=(*found[-1].facts, line.strip()))
        elif line:
            found.append(Envelope(line.split(" ", 1)[0], line.split(" cause ", 1)[1], ()))
    return found


def reports(log: list[Envelope], vehicle: str, outbox: str = OUTBOX) -> list[tuple[int, list[str]]]:
    """(sequence, names of the facts) of each report of this vehicle's outbox, in the log's order."""
    cause = re.compile(rf"report {vehicle} \d+/{outbox}/(\d+)")
    return [(int(match[1]), one.names()) for one in log if (match := cause.fullmatch(one.cause))]


def assert_each_once(test: unittest.TestCase, log: list[Envelope]) -> set[tuple[str, str, int]]:
    """No report of an outbox was taken twice. All that were taken: (vehicle, epoch/outbox, sequence)."""
    taken = set()
    for one in log:
        if not one.cause.startswith("report ") or one.names() == ["vehicle.AlreadySatisfied"]:
            continue
        vehicle, place = one.cause.removeprefix("report ").split(" ")
        if place.startswith("0/"):  # the older convention: no outbox
            continue
        outbox, sequence = place.rsplit("/", 1)
        report = (vehicle, outbox, int(sequence))
        test.assertNotIn(report, taken, f"{one.position}: a report was taken twice")
        taken.add(report)
    return taken


def configuration(version: str, boot: int) -> dict:
    """A VCI report: one zone, one ECU."""
    ecu = {"id": "ECU_001", "type": "ECM", "hardware": "TC375", "version": version}
    return {"model": "Roadster", "year": 2026, "vmgId": "VMG-1", "bootCount": str(boot),
            "zones": [{"gateway": "ZG_POWERTRAIN", "model": "ZG-1", "ecus": [ecu]}]}


class Vehicle:
    """A vehicle by hand: reports with the places that the test wants, through mosquitto_pub under its certificate."""

    def __init__(self, stack: Stack, number: int):
        self.vin = vin_of(number)
        self.id = stack.ids[self.vin]
        self.client = mqtt.Client(stack.broker.port, stack.authority.certificate, stack.authority.client(self.vin))
        self.next = 1

    def report(self, topic: str, body, sequence: int | None = None) -> None:
        """body: JSON as an object, or raw. Without a sequence the outbox's next one."""
        if sequence is None:
            sequence, self.next = self.next, self.next + 1
        place = {"outbox-epoch": "1", "outbox-id": OUTBOX, "sequence": str(sequence)}
        raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
        self.client.publish(f"vehicle/{self.vin}/{topic}", raw, place)

    def vci(self, sequence: int | None = None, version: str = "1.0.0", boot: int = 1) -> None:
        self.report("vci", configuration(version, boot), sequence)

    def step(self, offer: str, step: str, **more) -> None:
        self.report("ota/status", {"commandId": offer, "step": step, **more})

    def telemetry(self, body) -> None:
        self.client.publish(f"vehicle/{self.vin}/telemetry", json.dumps(body))

    def acks(self) -> mqtt.Subscription:
        return self.client.subscribe(f"vehicle/{self.vin}/ack")

    def control(self) -> mqtt.Subscription:
        return self.client.subscribe(f"vehicle/{self.vin}/control")


def offer_in(subscription: mqtt.Subscription) -> str:
    """The command id of the offer, once it is there."""
    message = subscription.wait_for_message("an offer", lambda m: json.loads(m.payload).get("kind") == "offer", 60)
    return json.loads(message.payload)["commandId"]


def release_firmware(stack: Stack, version: str = "1.1.0") -> str:
    """A release for the ECM: a small file of the test's own. Its id."""
    image = stack.run / f"ecm-{version}.bin"
    image.write_bytes(bytes(range(256)) * 64)
    answer = stack.client("alice").request(
        "POST", f"/api/v1/firmware/upload?ecuType=ECM&version={version}&fileName={image.name}", image)
    return answer.expect(201).json()["id"]


def run_campaign(stack: Stack, releases: list[str], **more) -> str:
    """By alice, approved by bob, started: its id."""
    alice, definition = stack.client("alice"), {"name": "by hand", "seed": 7, "releases": releases, "waves": [{"rest": True}]}
    campaign = alice.post("/api/v1/campaigns", {**definition, **more}).expect(201).json()["id"]
    for who, action in [("alice", "propose"), ("bob", "approve"), ("alice", "start")]:
        stack.client(who).post(f"/api/v1/campaigns/{campaign}/{action}").expect(200)
    return campaign


class StackTest(unittest.TestCase):
    """One stack for all tests of a class, in a directory of its own."""

    vehicles = 2
    settings: dict[str, dict] = {}
    where = "embedded"  # the log
    secure = False  # its brokers
    split: list[list[str]] = [list(ROLES)]  # of the roles over processes
    stack: Stack

    @classmethod
    def setUpClass(cls) -> None:
        cls.maxDiff = None
        directory = pathlib.Path(tempfile.mkdtemp(prefix="motorcade-e2e-"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.stack = cls.enterClassContext(Stack(directory, cls.vehicles, settings=cls.settings, log=cls.where,
                                                secure=cls.secure, split=cls.split))

    def log(self) -> list[Envelope]:
        return envelopes(self.stack)

    def wait_for_log(self, what: str, condition, deadline_s: float = 30):
        """The first true value of condition(envelopes)."""
        return processes.wait_until(what, lambda: condition(self.log()), deadline_s, poll_s=0.3)

    def telemetry(self, vehicle: Vehicle, *arguments: str) -> list[dict]:
        return [json.loads(line) for line in self.stack.read_log("telemetry", "--vin", vehicle.vin, *arguments)]

    def wait_for_telemetry(self, vehicle: Vehicle, bodies: list) -> None:
        processes.wait_until(f"{len(bodies)} records of telemetry", lambda: len(self.telemetry(vehicle)) >= len(bodies), poll_s=0.3)
        self.assertEqual(bodies, [record.get("body") for record in self.telemetry(vehicle)])

    def rows(self) -> dict[str, list[str]]:
        """Every table of the projections, in an order that does not depend on when a row was written."""
        query = self.stack.database.query
        tables = [row[0] for row in query("select table_name from information_schema.tables where table_schema = "
                                          "'motorcade' and table_type = 'BASE TABLE'")]

        def content(table: str) -> list[str]:
            minus = "".join(f" - '{column}'" for column in WHEN.get(table, []))
            return [row[0] for row in query(f"select (to_jsonb(t){minus})::text from motorcade.{table} t order by 1")]

        return {table: content(table) for table in tables}

    def rows_of(self, state: dict) -> dict[str, list[str]]:
        """The tables, once they have caught up with this state of the log."""
        wanted = sum(int(partition["sequence"]) for partition in state["partitions"])

        def caught_up() -> bool:
            return int(self.stack.database.query("select sum(next_sequence) from motorcade.checkpoints")[0][0]) >= wanted

        processes.wait_until("the projections to catch up", caught_up)
        return self.rows()

    def check_replay(self) -> dict:
        """The log is whole, and gives the live state, which is answered."""
        self.stack.read_log("verify")
        state = state_at_rest(self.stack)
        self.assertEqual(state["hash"], replayed_hash(self.stack, state), "a replay gives another state than the live one")
        return state

    def check_rebuild(self, state: dict) -> None:
        """Projections that are built again from the log are those that grew with it."""
        live = self.rows_of(state)
        self.assertEqual(self.stack.vehicles + self.stack.reporters, len(live["vehicles"]))
        self.stack.motorcade("projections", "rebuild", "--config", str(self.stack.config),
                             "--scratch", f"{self.stack.run}/rebuild")
        rebuilt = self.rows_of(state)
        self.assertEqual(sorted(live), sorted(rebuilt))
        for table, rows in live.items():
            self.assertEqual(rows, rebuilt[table], f"the rebuilt table {table} is another")
        self.assertTrue(self.stack.client("carol").answers("/readyz"))


def main() -> None:
    openssl.ensure_openssl()
    processes.end_on_signals()
    unittest.main(verbosity=2)

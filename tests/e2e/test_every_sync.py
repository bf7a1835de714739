"""The engine is killed at every synced write of a small run, and nobody can tell afterwards.

strace kills it as it enters its Nth sync: what was written may stand, nothing of it was acknowledged. N counts from 1 up,
per thread and per system call, so a trap watches one thread, and every N must be seen to kill, until one has nothing left
to kill. MOTORCADE_LONG=1 does it at every N of a campaign too, not only at a few.
"""

import itertools
import json
import os
import pathlib
import shutil
import signal
import tempfile
import time
from http.client import HTTPException

import by_hand
from by_hand import Vehicle, assert_each_once, configuration
from motorcade_rig import http, processes

STEP = 1 if os.environ.get("MOTORCADE_LONG") else 9  # from one N of a campaign to the next
RESEND_S = 2
STEPS = ["ACCEPTED", "DOWNLOADING", "DOWNLOADED", "PACKAGE_VERIFIED", "INSTALLING", "ACTIVATING", "INSTALLED"]
DISCONNECTED = (OSError, HTTPException)


def trap(number: int, syscall: str, trace: pathlib.Path) -> list[str]:
    """A trace of nothing (trace=none) would trap nothing, and not say so."""
    return ["strace", "-o", str(trace), "-e", f"trace={syscall}", "-e", f"inject={syscall}:signal=KILL:when={number}"]


class Car(Vehicle):
    """With its outbox: what is not acknowledged is sent again; by MQTT and by HTTPS in turns."""

    def __init__(self, stack: by_hand.Stack, number: int):
        super().__init__(stack, number)
        self.stack = stack
        self.boot, self.version = 1, "1.0.0"
        self.window, self.orders = self.acks(), self.control()

    def acknowledged(self, sequence: int) -> bool:
        return any(json.loads(message.payload)["contiguous"] >= sequence for message in self.window.messages())

    def offer_of(self, campaign: str) -> str:
        """Its command id; empty: there is none yet."""
        notices = [json.loads(message.payload) for message in self.orders.messages()]
        return next((notice["commandId"] for notice in notices if notice.get("campaignId") == campaign), "")

    def report(self, topic: str, body, sequence: int | None = None) -> None:
        assert sequence is not None
        if sequence % 2:
            return super().report(topic, body, sequence)
        path = f"/api/v1/vehicles/{self.vin}/vci" if topic == "vci" else "/api/v1/ota/status"
        place = {"Motorcade-Outbox-Epoch": "1", "Motorcade-Outbox-Id": by_hand.OUTBOX, "Motorcade-Sequence": str(sequence)}
        https = http.Client(self.stack.url, self.stack.authority.certificate, identity=self.client.identity)
        https.request("POST", path, body, place)  # whatever it answers: only an acknowledgement counts


class EverySyncTest(by_hand.StackTest):
    @classmethod
    def setUpClass(cls) -> None:
        """The servers only: also the log's birth is to be interrupted."""
        cls.maxDiff = None
        directory = pathlib.Path(tempfile.mkdtemp(prefix="motorcade-e2e-"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.stack = by_hand.Stack(directory, cls.vehicles)
        cls.addClassCleanup(cls.stack.stop)
        cls.stack.start_servers()
        cls.cars = [Car(cls.stack, number + 1) for number in range(cls.vehicles)]
        for car in cls.cars:
            cls.enterClassContext(car.window)
            cls.enterClassContext(car.orders)
        cls.kills, cls.campaigns, cls.keys = 0, 0, itertools.count(1)

    def test_nobody_can_tell(self):
        self.killed_while_it_opens()
        self.killed_during(self.reports, step=1)
        self.killed_during(self.campaign, step=STEP)
        self.killed_during(self.campaign, step=1, syscall="fsync")
        self.killed_while_it_opens()
        log = self.log()
        taken = assert_each_once(self, log)
        for car in self.cars:  # all were acknowledged
            self.assertEqual({(car.id, f"1/{by_hand.OUTBOX}", sequence) for sequence in range(1, car.next)},
                             {report for report in taken if report[0] == car.id})
        self.assertEqual(self.campaigns, sum(one.has("campaign.CampaignCreated") for one in log))
        self.check_rebuild(self.check_replay())

    # --- kills ---
    def killed_while_it_opens(self) -> None:
        """Each start finds what the kill before it left, and comes further; at the end it runs. It opens in its first thread."""
        for syscall in ("fdatasync", "fsync"):
            if self.stack.engine:
                self.stack.engine.kill()
            number = next(n for n in itertools.count(1) if self.opens(trap(n, syscall, self.stack.run / "trace")))
            print(f"opening: killed at each of {number - 1} {syscall}", flush=True)
            self.assertGreater(number, 1, f"opening made no {syscall}")

    def opens(self, trapped: list[str]) -> bool:
        try:
            self.stack.start_engine(prefix=(*trapped, "-D"))  # -D: the engine, not strace, is our child
        except processes.Failure:
            self.assertEqual(-signal.SIGKILL, self.stack.engine.exit_code, self.stack.engine.log_text()[-2000:])
            return False
        return True

    def killed_during(self, run, step: int, syscall: str = "fdatasync") -> None:
        last = next(n for n in itertools.count(1, step) if not self.killed_at(n, run, syscall))
        print(f"{run.__name__}: killed at {(last - 1) // step} of at most {last - 1} {syscall}", flush=True)
        self.assertGreater(last, 1, f"the run makes no {syscall}")

    def killed_at(self, number: int, run, syscall: str) -> bool:
        """Whether the run came to its Nth sync. It was killed there, and went on to its end."""
        trace, before = self.stack.run / "trace", self.kills
        command = [*trap(number, syscall, trace), *self.watched(syscall)]
        with processes.Process("strace", command, self.stack.run / "strace.log") as strace:
            strace.wait_for_log("attached")
            run()
        self.revive()
        killed = "killed by SIGKILL" in trace.read_text()
        self.assertEqual(int(killed), self.kills - before, "it was killed by something else")
        return killed

    def watched(self, syscall: str) -> list[str]:
        """The log's one committing thread, which syncs by fdatasync; fsync is the others', who store files."""
        engine = self.stack.engine.pid
        if syscall != "fdatasync":
            return ["-f", "-p", str(engine)]
        tasks = pathlib.Path(f"/proc/{engine}/task").iterdir()
        found = [task.name for task in tasks if (task / "comm").read_text() == "log-committer\n"]
        self.assertEqual(1, len(found), "there is to be one committing thread")
        return ["-p", found[0]]

    def revive(self) -> None:
        """An engine that was killed starts again, without a trap."""
        engine = self.stack.engine
        if engine.running():
            return
        self.assertEqual(-signal.SIGKILL, engine.exit_code, engine.log_text()[-2000:])
        type(self).kills += 1
        self.stack.start_engine()

    # --- runs ---
    def reports(self) -> None:
        for number, car in enumerate(self.cars):
            self.deliver(car, "vci", configuration(car.version, car.boot))
            self.deliver(car, "ota/status", {"readiness": {"parked": True, "batteryPercent": (self.kills + number) % 100}})
        self.deliver(self.cars[0], "vci", "no JSON")

    def campaign(self) -> None:
        """A release, a campaign of one vehicle, what that vehicle does, and its proof."""
        type(self).campaigns += 1
        car, version = self.cars[0], f"1.{self.campaigns}.0"
        image = self.stack.run / "ecm.bin"
        image.write_bytes(bytes(range(256)) * 64)
        release = self.ask("alice", f"/api/v1/firmware/upload?ecuType=ECM&version={version}&fileName=ecm.bin", image)
        campaign = self.ask("alice", "/api/v1/campaigns", {"name": version, "seed": 7, "releases": [release["id"]],
                                                           "waves": [{"rest": True}], "filter": {"vins": [car.vin]}})["id"]
        for who, action in [("alice", "propose"), ("bob", "approve"), ("alice", "start")]:
            self.ask(who, f"/api/v1/campaigns/{campaign}/{action}")
        offer = self.until("an offer", lambda: car.offer_of(campaign))
        for step in STEPS:
            car.boot += step == "INSTALLED"
            self.deliver(car, "ota/status", {"commandId": offer, "step": step, "bootCount": str(car.boot)})
        car.version = version
        self.deliver(car, "vci", configuration(car.version, car.boot))
        self.until("the campaign's end", lambda: self.status(campaign) == "completed")

    def deliver(self, car: Car, topic: str, body) -> None:
        sequence, car.next = car.next, car.next + 1
        while not car.acknowledged(sequence):
            try:
                car.report(topic, body, sequence)
            except DISCONNECTED:
                pass
            again, starts = time.monotonic() + RESEND_S, self.kills
            self.until("an acknowledgement", lambda: car.acknowledged(sequence) or time.monotonic() > again
                       or self.kills > starts)  # as an agent does when its link is up again

    def ask(self, who: str, path: str, body=None) -> dict:
        """Repeats the request under its key until it is answered."""
        key = {"Idempotency-Key": f"every-sync-{next(self.keys)}"}

        def answer():
            try:
                response = self.stack.client(who).request("POST", path, body, key).expect(200, 201, 202, 503)
            except DISCONNECTED:
                return None
            return response.json() if response.status in (200, 201) else None

        return self.until(f"an answer to POST {path}", answer)

    def status(self, campaign: str) -> str:
        try:
            return self.stack.client("carol").get(f"/api/v1/campaigns/{campaign}").expect(200).json()["status"]
        except DISCONNECTED:
            return ""

    def until(self, what: str, condition):
        def met():
            self.revive()
            return condition()

        return processes.wait_until(what, met, deadline_s=60)


if __name__ == "__main__":
    by_hand.main()

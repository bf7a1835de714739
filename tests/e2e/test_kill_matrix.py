"""The kill matrix: each role's process, and the broker that leads, is killed, ended and stopped while vehicles report and
a campaign runs, and nobody can tell afterwards.

Hundreds of vehicles report all the time, with known places, and send again what is not acknowledged. Meanwhile other
vehicles, real ones, go through a campaign again and again: first undisturbed, then once per cell (who, how):

    kill   SIGKILL, and started again at once, as an init system does
    end    SIGTERM: ends in order, and is started again
    stop   SIGSTOP until it has lost what it held, and others, if there are, have gone on without it; then SIGCONT: it
           comes back, and believes that it still holds it

In the end: the reports among the facts are those that were acknowledged, none twice; the chain is whole, and its replay
gives the live state; each campaign went as the undisturbed one; projections built again are those that grew.

MOTORCADE_LONG=1 does all cells and 100,000 reports in all, instead of a few; MOTORCADE_SEED repeats a run's moments;
MOTORCADE_CELLS="owner:stop,broker:kill" names the cells.
"""

import dataclasses
import http.client
import itertools
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import by_hand
from by_hand import CHECKOUT, assert_each_once
from demo import updates_of
from motorcade_rig import broker, processes
from motorcade_rig.outboxes import Reporters
from stack import ROLES, Stack

LONG = bool(os.environ.get("MOTORCADE_LONG"))
REPORTS = 100_000 if LONG else 3_000
REPORTERS, RATE = (200, 200) if LONG else (50, 60)
FLEET = 6
SESSION_S, PAST_S = 6, 12  # a stop outlasts a session and a transaction (10 s)
WAYS = ["kill", "end", "stop"]
TARGETS = [*ROLES, "broker"]
SPLIT = [[role] for role in ("edge", "edge", "owner", "owner", "projector", "builder", "effects")]
SHORT = ["owner:kill", "edge:end", "owner:stop", "broker:kill"]
BUSY = ("motorcade.vehicle.events", 0)  # topic and partition
VERIFY_DUMP = CHECKOUT / "tests" / "compat" / "verify_dump.py"


@dataclasses.dataclass
class Victim:
    """A process, and how it is brought back after its end."""

    process: processes.Process
    start_again: Callable[[], None]
    in_order: int = 0  # the exit code of an end in order
    noticed: Callable[[], object] = lambda: True  # whether others have, when it is stopped
    alone: bool = False  # not all can go on without it: there is one such, or the broker holds reports for it


class KillMatrixTest(by_hand.StackTest):
    vehicles = FLEET
    settings = {"https": {"allow_simulator": True}, "limits": {"notices": {"repeat_first_seconds": 5}},
                "log": {"kafka": {"session_seconds": SESSION_S}}}

    @classmethod
    def setUpClass(cls) -> None:
        cls.maxDiff = None
        directory = pathlib.Path(tempfile.mkdtemp(prefix="motorcade-e2e-"))
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.stack = cls.enterClassContext(Stack(directory, cls.vehicles, gateways=1, ecus_per_gateway=1, log="kafka",
                                                settings=cls.settings, brokers=3, split=SPLIT, reporters=REPORTERS))

    def test_nobody_can_tell(self):
        stack, seed = self.stack, int(os.environ.get("MOTORCADE_SEED", time.time_ns() % 2**32))
        cells = [f"{who}:{how}" for who in TARGETS for how in WAYS] if LONG else SHORT
        cells = os.environ["MOTORCADE_CELLS"].split(",") if "MOTORCADE_CELLS" in os.environ else cells
        print(f"MOTORCADE_SEED={seed}, {len(cells)} cells, {REPORTS} reports", flush=True)
        self.chance, self.keys = random.Random(seed), itertools.count(1)
        stack.start_fleet([])
        self.reporters = self.enterContext(Reporters(
            stack.broker.port, stack.authority, broker.SIMULATOR_USER, list(stack.reporter_ids),
            urls=[url for url, roles in zip(stack.urls, SPLIT) if roles == ["edge"]], token=stack.tokens["simulator"], rate=RATE))
        self.until("all vehicles of the fleet", lambda: FLEET == int(stack.database.query(
            "select count(*) from motorcade.vehicles where configuration is not null and vin like 'MCDEM%'")[0][0]))

        undisturbed = self.campaign("undisturbed", lambda: None)
        self.assertEqual({"verified"}, {status for _wave, status in undisturbed["vehicles"].values()})
        for cell in cells:
            who, how = cell.split(":")
            self.assertEqual(undisturbed, self.campaign(cell, lambda: getattr(self, how)(self.victim(who))), cell)
        self.reporters.finish(REPORTS)
        self.until("the rest of the reports to be acknowledged", self.reporters.done, deadline_s=600)

        print(f"{self.reporters.made()} reports, {self.reporters.resent} sent again", flush=True)
        self.assertEqual(0, stack.fleet.stop(), stack.fleet.log_text()[-2000:])
        self.check_facts()
        self.check_chain()
        self.check_rebuild(self.check_replay())

    # --- a campaign and what happens in it ---
    def campaign(self, name: str, disturb) -> dict:
        """The outcome of a campaign that takes the fleet to its next version, disturbed at a moment of its own."""
        started = time.monotonic()
        campaign = self.start_campaign()
        moment = self.reporters.acknowledged() + self.chance.randrange(2 * RATE)
        self.until("the moment", lambda: self.reporters.acknowledged() >= moment)
        disturb()
        disturbed, mark = time.monotonic(), self.reporters.mark()
        self.settle(mark, deadline_s=150)
        settled = time.monotonic()
        outcome = self.until("the campaign's end", lambda: self.outcome(campaign), deadline_s=150)
        print(f"{name}: disturbed for {disturbed - started:.1f} s, acknowledged all {settled - disturbed:.1f} s later, the "
              f"campaign ended {time.monotonic() - disturbed:.1f} s later; {self.reporters.acknowledged()} reports", flush=True)
        return outcome

    def start_campaign(self) -> str:
        number = next(self.keys)
        image = self.stack.run / "ecm.bin"
        image.write_bytes(bytes(range(256)) * 64)
        release = self.ask("alice", f"/api/v1/firmware/upload?ecuType=ECM&version=1.{number}.0&fileName=ecm.bin", image)
        definition = {"name": f"to 1.{number}.0", "seed": 7, "releases": [release["id"]],
                      "waves": [{"percent": 50}, {"rest": True}], "filter": {"vins": list(self.stack.ids)}}
        campaign = self.ask("alice", "/api/v1/campaigns", definition)["id"]
        for who, action in [("alice", "propose"), ("bob", "approve"), ("alice", "start")]:
            self.ask(who, f"/api/v1/campaigns/{campaign}/{action}")
        return campaign

    def outcome(self, campaign: str) -> dict | None:
        """What must not differ from run to run; none: it has not ended."""
        try:
            document = self.stack.client("carol").get(f"/api/v1/campaigns/{campaign}").expect(200, 503).json()
            if document["status"] not in ("completed", "aborted", "held"):
                return None
            updates = updates_of(self.stack, campaign)
        except (OSError, http.client.HTTPException):
            return None
        if document["status"] == "completed" and not all("finishedAt" in update for update in updates):
            return None  # their rows are those of other partitions
        return {"status": document["status"],
                "waves": [{key: wave[key] for key in ("number", "size", "state", "counts")} for wave in document["waves"]],
                "vehicles": {update["vin"]: (update["wave"], update["status"]) for update in updates}}

    def ask(self, who: str, path: str, body=None) -> dict:
        """Repeats the request under its key until it is answered."""
        key = {"Idempotency-Key": f"kill-matrix-{next(self.keys)}"}

        def answer():
            try:
                response = self.stack.client(who).request("POST", path, body, key).expect(200, 201, 202, 503)
            except (OSError, http.client.HTTPException):
                return None
            return response.json() if response.status in (200, 201) else None

        return self.until(f"an answer to POST {path}", answer)

    def settle(self, mark: dict[str, int], deadline_s: float = 90) -> None:
        try:
            self.until("all that was sent to be acknowledged", lambda: self.reporters.settled(mark), deadline_s)
        except processes.Failure as failure:
            raise processes.Failure(f"{failure}; not: {self.reporters.missing(mark)[:20]}") from None

    def until(self, what: str, condition, deadline_s: float = 90):
        """Nobody ends by himself meanwhile."""
        def met():
            for process in [*self.stack.engines, self.stack.fleet, *self.stack.kafka.processes]:
                if not process.running():
                    raise processes.Failure(f"{process.name} ended (exit code {process.exit_code}) before {what}:\n"
                                            f"{process.log_text()[-3000:]}")
            return condition()

        return processes.wait_until(what, met, deadline_s)

    # --- who, and how ---
    def victim(self, who: str) -> Victim:
        if who == "broker":
            cluster = self.stack.kafka
            node = processes.wait_until("a leader", lambda: cluster.leader(*BUSY))
            return Victim(cluster.processes[node - 1], lambda: cluster.start_again(node), in_order=128 + signal.SIGTERM,
                          noticed=lambda: cluster.leader(*BUSY) not in (None, node))
        number = self.chance.choice([n for n, roles in enumerate(SPLIT) if roles == [who]])
        return Victim(self.stack.engines[number], lambda: self.stack.start_engine(number=number), alone=who != "owner")

    def kill(self, victim: Victim) -> None:
        victim.process.kill()
        victim.start_again()

    def end(self, victim: Victim) -> None:
        self.assertEqual(victim.in_order, victim.process.stop(), f"{victim.process.name}:\n{victim.process.log_text()[-3000:]}")
        victim.start_again()

    def stop(self, victim: Victim) -> None:
        """Past every timeout by which others notice."""
        victim.process.signal(signal.SIGSTOP)
        since, mark = time.monotonic(), self.reporters.mark()
        try:
            self.until("the timeouts to pass", lambda: time.monotonic() > since + PAST_S)
            self.until("others to notice", victim.noticed)
            if not victim.alone:
                self.settle(mark)
        finally:
            victim.process.signal(signal.SIGCONT)

    # --- what must hold afterwards ---
    def check_facts(self) -> None:
        """The facts that came of reports are what was acknowledged, each once; so far as the fleet was heard, its too."""
        log, ids = self.log(), self.stack.reporter_ids
        facts = assert_each_once(self, log)
        reporters = set(ids.values())
        refused = [one.position for one in log if one.cause.startswith("report ") and one.has("Refused")
                   and one.cause.split(" ")[1] in reporters]
        self.assertEqual([], refused[:10], "reports of reporters were refused")
        acknowledged = {(ids[vin], f"1/{box.identity}", sequence) for vin, box in self.reporters.boxes.items()
                        for sequence in box.acknowledged}
        self.assertEqual(self.reporters.made(), len(acknowledged))
        self.assertEqual([], sorted(acknowledged - facts)[:10], "acknowledged, but not in the log")
        found = {fact for fact in facts if fact[0] in reporters}
        self.assertEqual([], sorted(found - acknowledged)[:10], "in the log, but never acknowledged")
        theirs = {(self.stack.ids[vin], f"{epoch}/{outbox}", sequence) for vin, places in self.reporters.others.items()
                  for (epoch, outbox), sequences in places.items() for sequence in sequences}
        self.assertGreater(len(theirs), 20 * FLEET)
        self.assertEqual([], sorted(theirs - facts)[:10], "acknowledged to the fleet, but not in the log")
        print(f"{len(found)} facts of {len(acknowledged)} acknowledged reports, {len(theirs)} of the fleet's", flush=True)

    def check_chain(self) -> None:
        """By a reader who knows nothing but docs/log.md."""
        dump = self.stack.run / "dump"
        with open(dump, "wb") as out:
            subprocess.run([str(self.stack.binaries / "motorcade"), "log", "cat", "--raw", "--config", str(self.stack.config)],
                           stdout=out, cwd=CHECKOUT, check=True)
        read = subprocess.run([sys.executable, str(VERIFY_DUMP), str(dump)], capture_output=True, text=True, check=False)
        self.assertEqual(0, read.returncode, read.stdout + read.stderr)


if __name__ == "__main__":
    by_hand.main()

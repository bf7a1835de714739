"""Ends and beginnings: orderly, killed, without snapshots. And what may never be in the log's files: who the vehicles are."""

import concurrent.futures
import http.client
import json
import pathlib
import threading

import by_hand
from by_hand import Vehicle, offer_in, release_firmware, reports, run_campaign
from demo import replayed_hash, state_at_rest
from motorcade_rig import processes

POSTS = 50


def files_below(directory: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


class RestartTest(by_hand.StackTest):
    vehicles = 3
    settings = {"log": {"compression": "none"}, "snapshots": {"every": 2}}

    @classmethod
    def setUpClass(cls) -> None:
        """A little life: three vehicles, one of them by REST, a campaign over two by name, one step of one of them."""
        super().setUpClass()
        stack = cls.stack
        cls.cars = cars = [Vehicle(stack, number + 1) for number in range(cls.vehicles)]
        stack.client("alice").post("/api/v1/vehicles/register", {
            "vin": cars[2].vin, "model": "Roadster", "year": 2026, "vmgId": "VMG-3"}).expect(201)
        with cars[0].control() as control:
            for car in cars:
                car.vci()
            processes.wait_until("all configurations", lambda: 3 == sum(
                one.has("vehicle.VciRecorded") for one in by_hand.envelopes(stack)))
            cls.release = release_firmware(stack)
            run_campaign(stack, [cls.release], filter={"vins": [cars[0].vin, cars[1].vin]})
            cars[0].step(offer_in(control), "ACCEPTED")
        processes.wait_until("the step", lambda: any(
            one.has("StepReported", "ACCEPTED") for one in by_hand.envelopes(stack)))

    def checked_state(self) -> dict:
        """The live state at rest, which a replay to the same place gives too."""
        state = state_at_rest(self.stack)
        self.assertEqual(state["hash"], replayed_hash(self.stack, state), "a replay gives another state than the live one")
        return state

    def test_sigterm_ends_it_in_order_and_a_restart_goes_on(self):
        car, stack = self.cars[1], self.stack
        before = self.checked_state()
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])  # killed after its deadline: not 0
        self.assertIn("ended in order", stack.engine.log_text())
        car.vci(car.next)  # waits at the broker
        stack.start_engine()
        wanted, car.next = car.next, car.next + 1
        self.wait_for_log("the report that waited", lambda log: wanted in dict(reports(log, car.id)))
        self.checked_state()
        self.assertEqual(before["hash"], replayed_hash(stack, before))

    def test_snapshots_are_a_cache(self):
        stack, snapshots = self.stack, self.stack.run / "snapshots"
        before = self.checked_state()
        stack.engine.stop()
        self.assertTrue(files_below(snapshots), "there is no snapshot to start from")
        stack.start_engine()
        with_snapshots = self.checked_state()
        stack.engine.stop()
        for file in files_below(snapshots):
            file.unlink()
        stack.start_engine()
        self.checked_state()
        # A start reacts again, so the log has grown: what it says about the earlier places has not changed.
        for state in (before, with_snapshots):
            self.assertEqual(state["hash"], replayed_hash(stack, state))

    def test_no_vin_in_any_byte(self):
        run = self.stack.run
        log = by_hand.bytes_below(run / "log")
        self.assertTrue(any(b"Roadster" in data for data in log.values()), "the log is not plain: this would find nothing")
        others = by_hand.bytes_below(run / "snapshots", run / "checkpoints")
        others[run / "motorcade.log"] = (run / "motorcade.log").read_bytes()
        for path, data in {**log, **others}.items():
            for car in self.cars:
                for form in (car.vin, car.vin.lower(), car.vin.encode().hex()):
                    self.assertNotIn(form.encode(), data, f"{path.name} names a vehicle")

    def test_fifty_posts_with_one_key_and_a_kill_make_one_campaign(self):
        stack, first = self.stack, threading.Event()
        definition = {"name": "only once", "releases": [self.release], "waves": [{"rest": True}]}

        def post(more: dict | None = None):
            try:
                answer = stack.client("alice").post("/api/v1/campaigns", {**definition, **(more or {})},
                                                    {"Idempotency-Key": "one-and-the-same"})
            except (OSError, http.client.HTTPException):
                return None  # the engine was killed meanwhile
            first.set()
            return answer

        with concurrent.futures.ThreadPoolExecutor(POSTS) as pool:
            running = [pool.submit(post) for _ in range(POSTS)]
            self.assertTrue(first.wait(60), "no answer at all")
            stack.engine.kill()
            answers = [one.result() for one in running]
        lost = answers.count(None)
        self.assertGreater(lost, 0, "the kill came after everything")
        stack.start_engine()
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = [one for one in answers if one] + list(pool.map(lambda _n: post(), range(lost)))
        for answer in answers:
            answer.expect(200, 201, 202)
        self.assertEqual(1, len({answer.json()["id"] for answer in answers if answer.status != 202}))
        created = [one for one in self.log() if one.has("campaign.CampaignCreated", "only once")]
        self.assertEqual(1, len(created), json.dumps([one.position for one in created]))
        post({"name": "another"}).expect(422)  # the same key for something else


if __name__ == "__main__":
    by_hand.main()

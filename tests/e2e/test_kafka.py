"""The engine on Kafka, of one broker: the demo, an engine that is killed, one that ends in order, a log that moves. Same words as
embedded."""

import json
import pathlib

import by_hand
import test_crash
import test_demo
from motorcade_rig import processes


class KafkaDemoTest(test_demo.DemoTest):
    arguments = ["--log", "kafka"]


class KafkaClusterDemoTest(test_demo.DemoTest):
    """Three brokers, two processes that own: as embedded."""

    arguments = ["--log", "kafka", "--brokers", "3", "--owners", "2"]


class KafkaCrashTest(test_crash.CrashTest):
    where = "kafka"
    vehicles = 10


class KafkaRestartTest(by_hand.StackTest):
    where = "kafka"
    settings = {"snapshots": {"every": 1}}

    def test_it_ends_in_order_and_goes_on(self):
        car, stack = by_hand.Vehicle(self.stack, 1), self.stack
        car.vci()
        self.wait_for_log("the first report", lambda log: 1 in dict(by_hand.reports(log, car.id)))
        car.telemetry({"speed": 17})
        self.wait_for_telemetry(car, [{"speed": 17}])
        before = self.check_replay()
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])
        self.assertIn("ended in order", stack.engine.log_text())
        self.assertGreater(sum(stack.kafka.ends("motorcade.snapshots")), 0)
        self.assertFalse((stack.run / "snapshots").exists(), "snapshots lie on a topic here")
        car.vci()  # waits at the broker
        stack.start_engine()
        self.wait_for_log("the report that waited", lambda log: 2 in dict(by_hand.reports(log, car.id)))
        self.check_replay()
        self.assertEqual(before["hash"], by_hand.replayed_hash(stack, before))


class MoveTest(test_crash.CrashTest):
    """Twice in a campaign the engine ends and its log moves: to Kafka, and back into a directory."""

    vehicles = 10
    test_killed_at_random_moments = None

    def move(self, log: str, directory: str) -> None:
        stack = self.stack
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])
        old, new = stack.run / "old.yaml", stack.run / "new.yaml"
        stack.write_configuration(old)
        self.refuse_what_cannot_be(old)
        before = stack.read_log("replay", "--state-hash")
        stack.log, stack.settings = log, {"log": {"directory": f"{stack.run}/{directory}"}}
        stack.write_configuration(new)
        print(stack.motorcade("log", "copy", "--from", str(old), "--to", str(new)), flush=True)
        nowhere = str(stack.run / "absent.yaml")
        for command in (["serve", "--config", str(old)], ["log", "copy", "--from", str(old), "--to", nowhere]):
            with self.assertRaises(processes.Failure) as refused:
                stack.motorcade(*command)
            self.assertRegex(str(refused.exception), "moved")
        stack.motorcade("log", "verify", "--config", str(old))
        stack.write_configuration(stack.config)
        self.assertEqual(before, stack.read_log("replay", "--state-hash"), "the copy gives another state")
        stack.start_engine()

    def refuse_what_cannot_be(self, old: pathlib.Path) -> None:
        """A source that is not there makes none; a target that cannot be one leaves the old log open."""
        stack, absent, deaf = self.stack, self.stack.run / "absent.yaml", self.stack.run / "deaf.yaml"
        settings = json.loads(old.read_text())
        nobody = {"log": settings["log"] | {"directory": f"{stack.run}/nobody"}}
        if "kafka" in nobody["log"]:
            nobody["log"]["kafka"]["prefix"] = "nobody"
        absent.write_text(json.dumps(settings | nobody))
        silent = {"log": {"kind": "kafka", "kafka": {"bootstrap": "127.0.0.1:1", "operation_seconds": 2}}}
        deaf.write_text(json.dumps(settings | silent))
        for source, target, why in [(absent, absent, "there is no log here|no such log"), (old, old, "a log is where the copy should be"),
                                    (old, deaf, "the brokers do not answer")]:
            with self.assertRaises(processes.Failure) as refused:
                stack.motorcade("log", "copy", "--from", str(source), "--to", str(target))
            print(refused.exception, flush=True)
            self.assertRegex(str(refused.exception), why)
        with self.assertRaises(processes.Failure):
            stack.motorcade("log", "verify", "--config", str(absent))
        self.assertFalse((stack.run / "nobody").exists())
        stack.start_engine()
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])

    def test_the_log_moves_in_the_middle_of_a_campaign(self):
        stack = self.stack
        stack.start_kafka()
        stack.start_fleet([])
        releases = [test_crash.upload(stack, release) for release in test_crash.RELEASES]
        processes.wait_until("all vehicles", lambda: stack.vehicles == int(stack.database.query(
            "select count(*) from motorcade.vehicles where configuration is not null")[0][0]), deadline_s=120)
        campaign = test_crash.create_campaign(stack, releases)
        first = self.envelopes()
        for more, log, directory in [(60, "kafka", "unused"), (140, "embedded", "back")]:
            processes.wait_until(f"{more} envelopes more", lambda m=more: self.envelopes() >= first + m, deadline_s=120, poll_s=0.02)
            self.assertNotEqual("completed", self.status(campaign), "the campaign ended before the move")
            self.move(log, directory)
        processes.wait_until("the campaign's end", lambda: self.status(campaign) == "completed", deadline_s=240, poll_s=0.3)
        self.assertEqual(["verified"] * stack.vehicles, [update["status"] for update in test_crash.updates_of(stack, campaign)])
        self.assertEqual(0, stack.fleet.stop(), stack.fleet.log_text()[-2000:])
        self.check_reports()
        self.check_rebuild(self.check_replay())


if __name__ == "__main__":
    by_hand.main()

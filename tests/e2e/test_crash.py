"""The engine is killed at random moments of a campaign of real vehicles, and nobody can tell afterwards.

MOTORCADE_LONG=1 kills it ten times instead of twice; MOTORCADE_SEED repeats a run's moments.
"""

import http.client
import json
import os
import random
import time

import by_hand
from by_hand import assert_each_once
from demo import RELEASES, create_campaign, updates_of, upload
from motorcade_rig import mqtt, processes

LONG = bool(os.environ.get("MOTORCADE_LONG"))
KILLS = 10 if LONG else 2
ENVELOPES_PER_VEHICLE = 25  # fewer than a campaign has, so that all kills come before its end


class CrashTest(by_hand.StackTest):
    vehicles = 20 if LONG else 10

    def status(self, campaign: str) -> str:
        """Empty while the engine does not answer, or its rows are not there yet."""
        try:
            answer = self.stack.client("carol").get(f"/api/v1/campaigns/{campaign}")
        except (OSError, http.client.HTTPException):
            return ""
        return answer.json()["status"] if answer.status == 200 else ""

    def envelopes(self) -> int:
        """How many the engine has committed."""
        state = self.stack.client("carol").get("/api/v1/admin/state").expect(200).json()
        return sum(int(partition["sequence"]) for partition in state["partitions"])

    def test_killed_at_random_moments(self):
        stack, seed = self.stack, int(os.environ.get("MOTORCADE_SEED", time.time_ns() % 2**32))
        print(f"MOTORCADE_SEED={seed}", flush=True)
        chance = random.Random(seed)
        stack.start_fleet([])
        releases = [upload(stack, release) for release in RELEASES]
        processes.wait_until("all vehicles", lambda: stack.vehicles == int(stack.database.query(
            "select count(*) from motorcade.vehicles where configuration is not null")[0][0]), deadline_s=120)
        campaign = create_campaign(stack, releases)
        first = self.envelopes()
        moments = sorted(first + chance.randrange(ENVELOPES_PER_VEHICLE * stack.vehicles) for _ in range(KILLS))
        for moment in moments:
            processes.wait_until(f"{moment} envelopes", lambda: self.envelopes() >= moment, deadline_s=120, poll_s=0.02)
            self.assertNotEqual("completed", self.status(campaign), "the campaign ended before all kills")
            stack.engine.kill()
            stack.start_engine()

        processes.wait_until("the campaign's end", lambda: self.status(campaign) == "completed", deadline_s=240, poll_s=0.3)
        updates = updates_of(stack, campaign)
        self.assertEqual(["verified"] * stack.vehicles, [update["status"] for update in updates])
        self.assertEqual(0, stack.fleet.stop(), stack.fleet.log_text()[-2000:])
        self.check_reports()
        self.check_rebuild(self.check_replay())

    def check_reports(self) -> None:
        """What is acknowledged is in the log, and nothing is there twice."""
        taken = assert_each_once(self, self.log())
        edge = mqtt.Client(self.stack.broker.port, self.stack.authority.certificate,
                           self.stack.authority.client(by_hand.broker.EDGE_USER))
        with edge.subscribe("vehicle/+/ack") as subscription:
            acks = subscription.wait_for(self.stack.vehicles)[:self.stack.vehicles]
        for message in acks:
            vehicle, ack = self.stack.ids[message.topic.split("/")[1]], json.loads(message.payload)
            acknowledged = set(range(1, ack["contiguous"] + 1)) | {
                ack["contiguous"] + 1 + bit for bit in range(64) if int(ack["bitmap"], 16) >> bit & 1}
            self.assertGreater(len(acknowledged), 5)
            lost = {sequence for sequence in acknowledged if (vehicle, f"{ack['epoch']}/{ack['id']}", sequence) not in taken}
            self.assertEqual(set(), lost, "acknowledged reports are missing from the log")


if __name__ == "__main__":
    by_hand.main()

"""Each role in a process of its own, on Kafka: a campaign goes through, replies find the process that waits, an owner that is
killed is followed by another."""

import pathlib

import by_hand
import test_crash
from motorcade_rig import processes
from stack import ROLES

EDGE, OWNER, PROJECTOR, BUILDER, EFFECTS, SECOND, MANY = range(7)
PARTITIONS = 12


class RolesTest(test_crash.CrashTest):
    """Five processes, one role each; a second owner; one that is all but an edge."""

    vehicles = 4
    where = "kafka"
    split = [[role] for role in ROLES] + [["owner"], ["owner", "projector", "builder", "effects"]]
    settings = {"log": {"kafka": {"session_seconds": 6}}}
    test_killed_at_random_moments = None

    def owned_by(self, number: int) -> list[str]:
        state = self.stack.client("carol", number).get("/api/v1/admin/state").expect(200).json()
        return [partition["partition"] for partition in state["partitions"]]

    def wait_for_owners(self, *numbers: int) -> None:
        """Until each of them owns some, and all together each partition once."""
        def divided() -> bool:
            owned = [self.owned_by(number) for number in numbers]
            together = [partition for one in owned for partition in one]
            return all(owned) and len(together) == len(set(together)) == PARTITIONS

        processes.wait_until(f"the partitions to be divided among {len(numbers)}", divided, deadline_s=60)

    def campaign(self, releases: list[str], key: str) -> str:
        alice, bob = self.stack.client("alice"), self.stack.client("bob")
        definition = {"name": key, "seed": 7, "releases": releases, "waves": [{"percent": 50}, {"rest": True}]}
        created = alice.request("POST", "/api/v1/campaigns", definition, {"Idempotency-Key": key.replace(" ", "-")})
        campaign = created.expect(201).json()["id"]  # 202 would be: no reply found the process that waits
        for client, action in [(alice, "propose"), (bob, "approve"), (alice, "start")]:
            answer = client.post(f"/api/v1/campaigns/{campaign}/{action}").expect(200)
            position = answer.headers["Motorcade-Position"]
            read = client.get(f"/api/v1/campaigns/{campaign}", {"Motorcade-Position": position})
            self.assertEqual(campaign, read.expect(200).json()["id"], "the edge sees how far another's projector is")
        return campaign

    def wait_for_end(self, campaign: str) -> None:
        processes.wait_until("the campaign's end", lambda: self.status(campaign) == "completed", deadline_s=120, poll_s=0.3)
        def verified() -> bool:  # the vehicles' rows may be another projector's than the campaign's
            updates = test_crash.updates_of(self.stack, campaign)
            return [update["status"] for update in updates] == ["verified"] * self.stack.vehicles

        processes.wait_until("all vehicles to be verified", verified, deadline_s=60, poll_s=0.3)

    def test_1_each_process_serves_what_it_has(self):
        stack = self.stack
        for number, roles in enumerate(self.split):
            client = stack.client("carol", number)
            for path in ("/healthz", "/readyz", "/metrics"):
                client.get(path).expect(200)
            others = client.get("/api/v1/campaigns").expect(200 if roles == ["edge"] else 503)
            if roles != ["edge"]:
                self.assertRegex(others.json()["detail"], f"the roles {roles[0]}.*, not edge")
            if "owner" not in roles:
                self.assertEqual([], self.owned_by(number))
        self.wait_for_owners(OWNER, SECOND, MANY)

    def test_1_two_of_a_role_share_its_partitions(self):
        for role in ("projector", "builder", "effects"):
            def shared(group: str = f"motorcade.{role}") -> bool:
                shares = list(self.stack.kafka.shares(group).values())
                return len(shares) == 2 and all(shares) and not shares[0] & shares[1]

            processes.wait_until(f"two to share the {role}'s work", shared, deadline_s=60, poll_s=0.5)

    def test_1_each_misses_what_its_role_needs(self):
        stack = self.stack

        def missing() -> dict[str, list[str]]:
            answers = [stack.client("carol", number).get("/readyz") for number in range(len(self.split))]
            return {"+".join(roles): sorted(answer.expect(503).json()["parts"])
                    for roles, answer in zip(self.split, answers) if answer.status != 200}

        stack.database.stop()
        stack.broker.stop()
        expected = {"edge": ["database", "mqtt"], "projector": ["database"], "effects": ["mqtt"],
                    "+".join(self.split[MANY]): ["database", "mqtt"]}
        processes.wait_until("just these to miss what has gone", lambda: missing() == expected, deadline_s=30)
        stack.database.start_again()
        stack.broker.start_again()
        processes.wait_until("all to be ready again", lambda: not missing(), deadline_s=60)

    def test_2_a_campaign_goes_through_all_processes(self):
        stack = self.stack
        self.assertEqual(0, stack.engines[SECOND].stop(), stack.engines[SECOND].log_text()[-2000:])
        self.assertIn("ended in order", stack.engines[SECOND].log_text())
        self.wait_for_owners(OWNER, MANY)
        stack.start_fleet([])
        releases = [test_crash.upload(stack, release) for release in test_crash.RELEASES]
        processes.wait_until("all vehicles", lambda: stack.vehicles == int(stack.database.query(
            "select count(*) from motorcade.vehicles where configuration is not null")[0][0]), deadline_s=60)
        self.wait_for_end(self.campaign(releases, "one role each"))
        self.check_replay()

    def test_3_an_owner_that_is_killed_is_followed_by_another(self):
        stack = self.stack
        before = {number: set(self.owned_by(number)) for number in (OWNER, MANY)}
        stack.start_engine(number=SECOND)
        self.wait_for_owners(OWNER, SECOND, MANY)
        for number, owned in before.items():
            self.assertLess(set(self.owned_by(number)), owned, "what stays with an owner is what it had")
        releases = [self.next_release(release) for release in test_crash.RELEASES]
        campaign = self.campaign(releases, "owners come and go")
        first = sum(int(one["sequence"]) for one in stack.live_state()["partitions"])
        before = {number: set(self.owned_by(number)) for number in (SECOND, MANY)}
        stack.engines[OWNER].kill()
        self.wait_for_owners(SECOND, MANY)
        for number, owned in before.items():
            self.assertGreater(set(self.owned_by(number)), owned, "an owner keeps what it had")
        last = sum(int(one["sequence"]) for one in stack.live_state()["partitions"])
        print(f"killed at {first} envelopes, all are owned again at {last}", flush=True)
        self.wait_for_end(campaign)
        self.assertEqual(0, stack.fleet.stop(), stack.fleet.log_text()[-2000:])
        self.check_reports()
        self.check_rebuild(self.check_replay())

    def test_4_the_group_shows_how_far_inboxes_are_taken(self):
        def no_lag() -> dict[tuple[str, int], tuple[int, int]] | None:
            found = self.stack.kafka.group("motorcade.taken")
            return found if len(found) == PARTITIONS and all(taken == end for taken, end in found.values()) else None

        group = processes.wait_until("the group to have taken all", no_lag, deadline_s=60)
        self.assertGreater(sum(taken for taken, _end in group.values()), 10)

    def next_release(self, release: dict) -> str:
        major, minor, patch = release["version"].split(".")
        release = {**release, "version": f"{major}.{int(minor) + 1}.{patch}"}
        query = f"ecuType={release['ecuType']}&version={release['version']}&fileName=next.bin"
        image = self.stack.run / "next.bin"
        image.write_bytes(pathlib.Path(release["file"]).read_bytes()[::-1])
        return self.stack.client("alice").request("POST", f"/api/v1/firmware/upload?{query}", image).expect(201).json()["id"]


if __name__ == "__main__":
    by_hand.main()

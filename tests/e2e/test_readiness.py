"""/readyz says which part cannot serve: the broker, the database, a log without room."""

import by_hand
from motorcade_rig import processes


class ReadinessTest(by_hand.StackTest):
    vehicles = 1

    def parts(self) -> dict[str, str]:
        try:
            answer = self.stack.client("carol").get("/readyz")
        except OSError as error:  # it does not listen yet
            return {"engine": str(error)}
        return {} if answer.status == 200 else answer.expect(503).json()["parts"]

    def wait_for_parts(self, *names: str) -> None:
        processes.wait_until(f"just these not to be ready: {names}", lambda: sorted(self.parts()) == sorted(names), 60)

    def test_servers_that_go_away_are_named_and_awaited(self):
        stack = self.stack
        self.assertEqual({}, self.parts())
        stack.broker.stop()
        self.wait_for_parts("mqtt")
        stack.database.stop()
        self.wait_for_parts("database", "mqtt")
        self.assertTrue(stack.client("carol").answers("/healthz"))
        stack.database.start_again()
        self.wait_for_parts("mqtt")
        stack.broker.start_again()
        self.wait_for_parts()

    def test_a_log_without_room_is_named(self):
        stack = self.stack
        stack.engine.stop()
        settings = stack.settings
        stack.settings = {**settings, "limits": {"log": {"min_free_bytes": 1 << 40}}}
        try:
            with self.assertRaises(processes.Failure):
                stack.start_engine(deadline_s=5)
            self.wait_for_parts("log")
            self.assertIn("bytes free", self.parts()["log"])
        finally:
            stack.settings = settings
            stack.engine.stop()
            stack.start_engine()
        self.wait_for_parts()


if __name__ == "__main__":
    by_hand.main()

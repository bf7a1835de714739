"""The engine on Kafka, of one broker: the demo, an engine that is killed, and one that ends in order. Same words as embedded."""

import by_hand
import test_crash
import test_demo


class KafkaDemoTest(test_demo.DemoTest):
    arguments = ["--log", "kafka"]


class KafkaCrashTest(test_crash.CrashTest):
    where = "kafka"
    vehicles = 10


class KafkaRestartTest(by_hand.StackTest):
    where = "kafka"

    def test_it_ends_in_order_and_goes_on(self):
        car, stack = by_hand.Vehicle(self.stack, 1), self.stack
        car.vci()
        self.wait_for_log("the first report", lambda log: 1 in dict(by_hand.reports(log, car.id)))
        before = self.check_replay()
        self.assertEqual(0, stack.engine.stop(), stack.engine.log_text()[-2000:])
        self.assertIn("ended in order", stack.engine.log_text())
        car.vci()  # waits at the broker
        stack.start_engine()
        self.wait_for_log("the report that waited", lambda log: 2 in dict(by_hand.reports(log, car.id)))
        self.check_replay()
        self.assertEqual(before["hash"], by_hand.replayed_hash(stack, before))


if __name__ == "__main__":
    by_hand.main()

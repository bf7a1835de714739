"""The engine was away for three hours: a report that waited at the broker beats the timeout that it is in time for."""

import glob
import os

import by_hand
from by_hand import Vehicle, offer_in, release_firmware, run_campaign
from motorcade_rig import processes

TIMED_OUT = ("vehicle.AssignmentEnded", "TIMED_OUT")


def three_hours_later() -> dict[str, str]:
    """The environment of an engine whose wall clock is ahead; its timers, which run on the monotonic one, are not."""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        raise processes.Failure("no libfaketime on this machine; ./dev setup installs it")
    # Not by the command `faketime`: it stays as the parent, so that signals would not reach the engine.
    return {**os.environ, "LD_PRELOAD": libraries[0], "FAKETIME": "+3h", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1"}


class LateReportTest(by_hand.StackTest):
    def test_in_time_at_the_broker_is_in_time(self):
        stack, reporter, silent = self.stack, Vehicle(self.stack, 1), Vehicle(self.stack, 2)
        offers = {}
        with reporter.control() as first, silent.control() as second:
            for vehicle in (reporter, silent):
                vehicle.vci()
            self.wait_for_log("both vehicles", lambda log: sum(e.has("vehicle.VciRecorded") for e in log) == 2)
            run_campaign(stack, [release_firmware(stack)], policy={"downloadTimeoutSeconds": 3600})
            for vehicle, control in ((reporter, first), (silent, second)):
                offers[vehicle] = offer_in(control)
                vehicle.step(offers[vehicle], "ACCEPTED")
        self.wait_for_log("both accepted", lambda log: sum(e.has("StepReported", "ACCEPTED") for e in log) == 2)
        self.assertEqual(0, stack.engine.stop())
        reporter.step(offers[reporter], "DOWNLOADING", bytesDone="5", bytesTotal="100")

        stack.start_engine(three_hours_later())
        # The other vehicle, which said nothing in its hour, shows that timeouts are being written.
        log = self.wait_for_log("the silent vehicle's timeout", lambda log: any(
            e.has(*TIMED_OUT, silent.id) for e in log) and log, deadline_s=60)
        self.assertTrue(any(e.has("StepReported", "DOWNLOADING", reporter.id) for e in log), "the report is not in the log")
        self.assertFalse(any(e.has(*TIMED_OUT, reporter.id) for e in log), "a timeout overtook a report that was in time")


if __name__ == "__main__":
    by_hand.main()

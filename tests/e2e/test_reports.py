"""Reports by hand, with mosquitto_pub: each leaves one fact, and is acknowledged by what is committed."""

import json

import by_hand
from by_hand import Vehicle, assert_each_once, reports

REFUSED, SATISFIED = ["vehicle.Refused"], ["vehicle.AlreadySatisfied"]


class ReportsTest(by_hand.StackTest):
    vehicles = 4

    def acknowledged(self, vehicle: Vehicle, contiguous: int, *beyond: int) -> None:
        """Waits until the *retained* acknowledgement, as a new subscriber gets it, is this one."""
        bitmap = sum(1 << (sequence - contiguous - 1) for sequence in beyond)
        wanted = {"epoch": 1, "id": by_hand.OUTBOX, "contiguous": contiguous, "bitmap": f"{bitmap:016x}"}
        with vehicle.acks() as live:  # the retained one, then each that follows
            live.wait_for_message(f"the acknowledgement {wanted}", lambda m: json.loads(m.payload) == wanted)
        with vehicle.acks() as late:
            first = late.wait_for(1)[0]
        self.assertTrue(first.retained)
        self.assertEqual(wanted, json.loads(first.payload))

    def test_out_of_order_twice_and_with_a_hole(self):
        vehicle = Vehicle(self.stack, 1)
        for sequence in (1, 3, 2, 2, 5):
            vehicle.vci(sequence)
        self.acknowledged(vehicle, 3, 5)
        found = reports(self.log(), vehicle.id)
        self.assertEqual([1, 3, 2, 2, 5], [sequence for sequence, _names in found])
        self.assertEqual([3], [i for i, (_sequence, names) in enumerate(found) if names == SATISFIED])
        for index in (0, 1, 2, 4):
            self.assertIn("vehicle.VciRecorded", found[index][1])
        vehicle.vci(4)
        self.acknowledged(vehicle, 5)
        self.assertEqual({1, 2, 3, 4, 5}, {sequence for _vehicle, _outbox, sequence in assert_each_once(self, self.log())
                                           if _vehicle == vehicle.id})

    def test_garbage_and_too_much_are_refused_and_acknowledged(self):
        vehicle = Vehicle(self.stack, 2)
        vehicle.vci()
        for body in (b"\x00\xff{ no JSON", '{"model": 7', '{"zones": "none"}', "x" * 300_000):
            vehicle.report("vci", body)
        vehicle.step("ab" * 16, "DOWNLOADING")  # of an offer that nobody made
        self.acknowledged(vehicle, 6)
        found = reports(self.log(), vehicle.id)
        self.assertEqual([(n, REFUSED) for n in range(2, 7)], found[1:])

    def test_the_older_convention_has_no_places_so_a_repeat_is_told_by_its_body(self):
        vehicle = Vehicle(self.stack, 3)
        vehicle.vci()
        self.acknowledged(vehicle, 1)

        def said(battery: int) -> None:
            vehicle.client.publish(f"vehicle/updates/{vehicle.vin}/status", json.dumps({"readiness": {"batteryPercent": battery}}))

        for battery in (80, 80, 81, 80):
            said(battery)
        found = self.wait_for_log("four reports", lambda log: [
            names for _topic, names in reports(log, vehicle.id, "0" * 16)] if 4 == len(reports(log, vehicle.id, "0" * 16)) else None)
        recorded = ["vehicle.ReadinessRecorded"]
        self.assertEqual([recorded, SATISFIED, recorded, recorded], found)
        self.acknowledged(vehicle, 1)  # not {epoch 0}: they are not acknowledged

    def test_telemetry_is_kept_beside_the_log_until_the_vehicle_is_erased(self):
        vehicle = Vehicle(self.stack, 4)
        vehicle.telemetry("before its first report it is unknown")
        vehicle.vci()
        self.acknowledged(vehicle, 1)
        envelopes = len(self.log())
        bodies = [{"odometer": "a distance that is nobody's business", "n": n} for n in range(3)]
        for body in bodies:
            vehicle.telemetry(body)
        vehicle.telemetry("x" * 70_000)
        vehicle.telemetry("the last")
        bodies.append("the last")
        self.wait_for_telemetry(vehicle, bodies)
        self.assertEqual(4, len(self.telemetry(vehicle, "--since", "10m")))
        self.assertEqual([], self.telemetry(vehicle, "--since", "2100-01-01T00:00:00Z"))
        self.assertEqual([], self.telemetry(Vehicle(self.stack, 3)))
        with self.assertRaisesRegex(by_hand.processes.Failure, "--since yesterday"):
            self.telemetry(vehicle, "--since", "yesterday")
        files = by_hand.bytes_below(self.stack.run / "log")
        self.assertTrue(any(bytes.fromhex(vehicle.id) in data for data in files.values()))
        for path, data in files.items():
            self.assertNotIn(b"nobody's business", data, f"{path} has telemetry in the clear")
        self.assertEqual(envelopes, len(self.log()), "telemetry became an event")
        self.stack.client("carol").request("DELETE", f"/api/v1/vehicles/{vehicle.vin}").expect(200)
        vehicle.telemetry("erased, it is unknown again")
        vehicle.vci()
        self.acknowledged(vehicle, 2)
        vehicle.telemetry("a stranger")
        by_hand.processes.wait_until("the stranger's", lambda: "a stranger" in [
            record.get("body") for record in self.telemetry(vehicle)], poll_s=0.3)
        self.assertEqual([True] * 4 + [None], [record.get("erased") for record in self.telemetry(vehicle)])

    def test_a_vehicle_speaks_for_itself_only(self):
        first, second = Vehicle(self.stack, 1), Vehicle(self.stack, 2)
        place = {"outbox-epoch": "1", "outbox-id": "00000000000000cc", "sequence": "1"}
        with self.assertRaises(by_hand.mqtt.Refused):
            first.client.publish(f"vehicle/{second.vin}/vci", "{}", place)
        self.assertEqual([], reports(self.log(), second.id, "00000000000000cc"))


if __name__ == "__main__":
    by_hand.main()

"""Erasing vehicles, and backing up and restoring the log (docs/operating.md): proofs hold, persons are gone, and it goes on."""

import shutil

import by_hand
from by_hand import Vehicle
from demo import replayed_hash, state_at_rest
from motorcade_rig import processes


class ErasureTest(by_hand.StackTest):
    vehicles = 3
    settings = {"log": {"compression": "none"}}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.stack.settings = {**cls.stack.settings, "backups": {"directory": f"{cls.stack.run}/backups"}}
        cls.stack.engine.stop()
        cls.stack.start_engine()
        cls.cars = [Vehicle(cls.stack, number + 1) for number in range(cls.vehicles)]
        for car in cls.cars:
            car.vci()
        processes.wait_until("all rows", lambda: cls.vehicles == len(cls.listed()))

    @classmethod
    def listed(cls) -> dict:
        return {one["id"]: one["vin"] for one in cls.stack.client("carol").get("/api/v1/vehicles").expect(200).json()["items"]}

    def assert_forgotten(self, car: Vehicle) -> None:
        """No VIN in the log, beside it, in any row, in any answer; the vehicle is there under its id."""
        run, forms = self.stack.run, [car.vin, car.vin.lower(), car.vin.encode().hex()]
        files = by_hand.bytes_below(*(run / name for name in ("log", "snapshots", "checkpoints", "keys")))
        self.assertTrue(any(b"Roadster" in data for data in files.values()), "the log is not plain: this would find nothing")
        files[run / "motorcade.log"] = (run / "motorcade.log").read_bytes()
        for path, data in files.items():
            for form in forms:
                self.assertNotIn(form.encode(), data, f"{path} names the vehicle")
        tables = self.stack.database.query("select table_name from information_schema.tables where table_schema = 'motorcade'")
        self.assertGreater(len(tables), 5)
        for (table,) in tables:
            rows = self.stack.database.query(f"select count(*) from motorcade.{table} t where t::text like '%{car.vin}%'")
            self.assertEqual("0", rows[0][0], f"table {table} names the vehicle")

    def assert_sound(self) -> None:
        self.stack.motorcade("log", "verify", "--directory", f"{self.stack.run}/log")
        state = state_at_rest(self.stack)
        self.assertEqual(state["hash"], replayed_hash(self.stack, state), "a replay gives another state than the live one")

    def test_1_an_erased_vehicle_is_a_number(self):
        stack, car, client = self.stack, self.cars[0], self.stack.client("carol")
        before = state_at_rest(stack)
        stack.client("alice").request("DELETE", f"/api/v1/vehicles/{car.vin}").expect(403)
        erased = client.request("DELETE", f"/api/v1/vehicles/{car.vin}").expect(200).json()
        self.assertEqual({"vehicleId": car.id, "erased": True}, erased)
        self.assert_forgotten(car)
        client.get(f"/api/v1/vehicles/{car.vin}").expect(404)
        self.assertIsNone(client.get(f"/api/v1/vehicles/{car.id}").expect(200).json()["vin"])
        self.assertEqual({car.id: None, **{c.id: c.vin for c in self.cars[1:]}}, self.listed())
        self.assertEqual(before["hash"], state_at_rest(stack)["hash"], "an erasure changes no state")
        self.assert_sound()
        with car.client.subscribe(f"vehicle/{car.vin}/ack", f"vehicle/updates/{car.vin}/mark") as seen:
            car.client.publish(f"vehicle/updates/{car.vin}/mark", "here")
            self.assertEqual(b"here", seen.wait_for(1)[0].payload, "the broker still retains an acknowledgement under the VIN")
        stack.motorcade("projections", "rebuild", "--config", str(stack.config), "--scratch", f"{stack.run}/scratch")
        self.assert_forgotten(car)
        self.assertIsNone(self.listed()[car.id])

    def test_2_without_an_engine_the_command_erases(self):
        stack, car = self.stack, self.cars[1]
        with self.assertRaisesRegex(processes.Failure, "DELETE /api/v1/vehicles/VIN"):
            stack.motorcade("vehicle", "erase", "--config", str(stack.config), car.vin)
        self.assertEqual(car.vin, self.listed()[car.id])
        stack.engine.stop()
        stack.motorcade("vehicle", "erase", "--config", str(stack.config), car.vin)
        stack.start_engine()
        self.assertIsNone(self.listed()[car.id])
        self.assert_forgotten(car)
        self.assert_sound()

    def test_3_a_hot_backup_restored_goes_on(self):
        stack, car, client = self.stack, self.cars[2], self.stack.client("carol")
        state, hold = state_at_rest(stack), len(self.log())
        made = client.post("/api/v1/admin/backup", {"name": "first"}).expect(201).json()
        client.post("/api/v1/admin/backup", {"name": "first"}).expect(409)
        client.post("/api/v1/admin/backup", {"name": "../log"}).expect(422)
        car.vci()  # after the backup: lost with the log
        self.wait_for_log("a report after the backup", lambda log: len(log) > hold)
        with self.assertRaisesRegex(processes.Failure, "POST /api/v1/admin/backup"):
            stack.motorcade("log", "backup", "--directory", f"{stack.run}/log", "--to", f"{stack.run}/cold")
        stack.engine.stop()
        stack.motorcade("log", "backup", "--directory", f"{stack.run}/log", "--to", f"{stack.run}/cold")
        stack.motorcade("log", "verify", "--directory", f"{stack.run}/cold")
        shutil.rmtree(stack.run / "log")
        stack.motorcade("log", "restore", "--from", made["directory"], "--directory", f"{stack.run}/log")
        self.assertEqual(hold, len(self.log()))
        self.assertEqual(state["hash"], replayed_hash(stack, state), "the backup is not the log of its moment")
        stack.motorcade("projections", "rebuild", "--config", str(stack.config), "--scratch", f"{stack.run}/scratch")
        stack.start_engine()
        car.vci(2)  # the vehicle had no acknowledgement of the lost one that it could trust: it sends again
        self.wait_for_log("the report again", lambda log: len(log) > hold)
        self.assert_sound()
        self.assertEqual(car.vin, self.listed()[car.id])


if __name__ == "__main__":
    by_hand.main()

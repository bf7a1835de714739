#!/usr/bin/env python3
"""One real campaign before your eyes: servers, an engine, vehicles with zonal gateways and ECUs, firmware, waves, a summary.

With --once it ends by itself; otherwise everything stays up until Ctrl-C. State lies below var/demo and is made anew each time.
"""

import argparse
import json
import pathlib
import signal
import sys
import time

from stack import CHECKOUT, ROLES, Stack
from motorcade_rig import openssl, processes

# Real firmware from Debian packages; two releases, for ECUs in two zones.
RELEASES = [
    {"ecuType": "ECM", "version": "1.1.0", "file": "/usr/lib/u-boot/qemu_arm64/u-boot.bin"},
    {"ecuType": "ESC", "version": "1.10.0", "file": "/usr/lib/u-boot/qemu_arm/u-boot.bin"},
]
BAD_ECU = "ECU_006"  # the ESC
SEED = 20260301
WAVES = [10, 40, 50]  # percent; the last is the rest
ENDED = {"completed", "aborted", "cancelled"}


class Screen:
    """Steps as lines, waves as bars: redrawn in place on a terminal, one line per change elsewhere."""

    def __init__(self):
        self.live = sys.stdout.isatty()
        self.drawn = 0
        self.last = ""

    def step(self, text: str) -> None:
        self.drawn = 0
        print(f"· {text}", flush=True)

    def bars(self, lines: list[str]) -> None:
        text = "\n".join(lines)
        if text == self.last:
            return
        self.last = text
        if self.live and self.drawn:
            print(f"\x1b[{self.drawn}A\x1b[J", end="")
        print(text if self.live else " | ".join(line.strip() for line in lines), flush=True)
        self.drawn = len(lines)


def upload(stack: Stack, release: dict) -> str:
    path = pathlib.Path(release["file"])
    query = f"ecuType={release['ecuType']}&version={release['version']}&fileName={path.name}"
    answer = stack.client("alice").request("POST", f"/api/v1/firmware/upload?{query}", path,
                                           {"Idempotency-Key": f"demo-{release['ecuType']}"}).expect(201, 200)
    return answer.json()["id"]


def wait_for_vehicles(stack: Stack, screen: Screen) -> None:
    def known() -> int:
        return int(stack.database.query("select count(*) from motorcade.vehicles where configuration is not null")[0][0])

    end = time.monotonic() + 120
    while (count := known()) < stack.vehicles:
        screen.bars([f"  vehicles reported: {count} of {stack.vehicles}"])
        if time.monotonic() > end or not stack.fleet.running():
            raise processes.Failure(f"only {count} of {stack.vehicles} vehicles reported; see {stack.run}/vehicles.log")
        time.sleep(0.2)


def create_campaign(stack: Stack, releases: list[str]) -> str:
    last = stack.vehicles - (stack.vehicles * 50 + 50) // 100  # the engine rounds cumulative shares half up
    success = min(90, 100 * (last - 1) // max(last, 1))  # one failure in the last wave is part of the show
    definition = {
        "name": "Engine and stability control, March", "seed": SEED, "releases": releases,
        "waves": [{"percent": share} for share in WAVES],
        "gate": {"successPercent": success, "failurePercent": 50, "minimumExecuted": 5, "soakSeconds": 0},
    }
    alice, bob = stack.client("alice"), stack.client("bob")
    created = alice.request("POST", "/api/v1/campaigns", definition, {"Idempotency-Key": "demo-campaign"}).expect(201, 200)
    campaign = created.json()["id"]
    alice.post(f"/api/v1/campaigns/{campaign}/propose").expect(200)
    refused = alice.post(f"/api/v1/campaigns/{campaign}/approve")
    assert refused.status in (403, 409), f"the author could approve their own campaign: {refused.status}"
    bob.post(f"/api/v1/campaigns/{campaign}/approve").expect(200)
    alice.post(f"/api/v1/campaigns/{campaign}/start").expect(200)
    return campaign


def bar(done: int, total: int, width: int = 30) -> str:
    full = width * done // total if total else 0
    return "█" * full + "░" * (width - full)


def draw(document: dict) -> list[str]:
    lines = [f"  campaign {document['status']}"]
    for wave in document.get("waves", []):
        counts, size = wave.get("counts") or {}, wave["size"]
        verified = counts.get("verified", 0)
        others = sum(counts.get(k, 0) for k in ("failed", "rolledBack", "declined", "timedOut", "cancelled"))
        lines.append(f"  wave {wave['number']} {bar(verified + others, size)} {verified:>4} of {size} verified"
                     f"{f', {others} not' if others else ''}   {wave['state']}")
    return lines


def run_to_end(stack: Stack, campaign: str, screen: Screen, deadline_s: float) -> dict:
    client, end = stack.client("carol"), time.monotonic() + deadline_s
    while True:
        document = client.get(f"/api/v1/campaigns/{campaign}").expect(200).json()
        screen.bars(draw(document))
        if document["status"] in ENDED | {"held"}:
            return document
        for process in (*stack.engines, stack.fleet):
            if not process.running():
                raise processes.Failure(f"{process.name} ended by itself; its log is below {stack.run}")
        if time.monotonic() > end:
            raise processes.Failure(f"the campaign did not end within {deadline_s:g} s; logs are below {stack.run}")
        time.sleep(0.3)


def updates_of(stack: Stack, campaign: str) -> list[dict]:
    client, found, cursor = stack.client("carol"), [], ""
    while True:
        page = client.get(f"/api/v1/campaigns/{campaign}/vehicles?limit=500{cursor}").expect(200).json()
        found += page["items"]
        if not page.get("next"):
            return found
        cursor = f"&cursor={page['next']}"


def state_at_rest(stack: Stack) -> dict:
    """The live states' positions and hashes, once nothing moves any more."""
    def settled():
        before = stack.live_state()
        time.sleep(0.5)
        return before if before and before == stack.live_state() else None

    return processes.wait_until("the engine to be at rest", settled, deadline_s=60)


def replayed_hash(stack: Stack, state: dict) -> str:
    """The hash that a replay of the log to the same positions gives."""
    at = [argument for p in state["partitions"] for argument in ("--at", f"{p['partition']}@{p['sequence']}")]
    return stack.read_log("replay", "--state-hash", *at)[-1].split()[1]


def summary_of(stack: Stack, document: dict, seconds: float) -> dict:
    updates = updates_of(stack, document["id"])
    count = lambda *states: sum(update["status"] in states for update in updates)  # noqa: E731
    verified, rolled_back = count("verified"), count("rolled_back", "rolledBack")
    state = state_at_rest(stack)
    verify = stack.read_log("verify")[-1]
    waves = []
    for wave in document["waves"]:
        counts = wave.get("counts") or {}
        waves.append({"number": wave["number"], "size": wave["size"], "verified": counts.get("verified", 0),
                      "failed": wave["size"] - counts.get("verified", 0) - counts.get("rolledBack", 0),
                      "rolled_back": counts.get("rolledBack", 0), "gate": wave.get("gate", {}), "state": wave["state"]})
    return {"vehicles": len(updates), "verified": verified, "failed": len(updates) - verified - rolled_back,
            "rolled_back": rolled_back, "waves": waves, "events": int(verify.split(", ")[1].split()[0]),
            "seconds": round(seconds, 1), "position": document.get("position", ""),
            "state_hash": {"live": state["hash"], "replayed": replayed_hash(stack, state)}}


def faults_for(stack: Stack, screen: Screen) -> list[dict]:
    """One bad flash and one lost link, both in the last wave: its members are those of the highest ranks."""
    vins = stack.by_rank(SEED)
    if len(vins) < 4:
        return []
    screen.step(f"{vins[-1]} will fail to flash {BAD_ECU}; {vins[-2]} will lose its link mid-download")
    return [{"vehicle": vins[-1], "kind": "bad_flash", "ecu": BAD_ECU},
            {"vehicle": vins[-2], "kind": "lost_link", "percent": 50}]


def resumed_downloads(stack: Stack) -> int:
    """Ranges served: a vehicle went on where its link had fallen."""
    lines = stack.client("carol").get("/metrics").expect(200).body.decode().splitlines()
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines
               if line.startswith("motorcade_https_requests_total") and 'status="206"' in line)


def check(summary: dict, vehicles: int, resumed: int) -> list[str]:
    wrong = []
    if vehicles >= 4 and not resumed:
        wrong.append("no download was resumed, though one vehicle lost its link")
    if summary["state_hash"]["live"] != summary["state_hash"]["replayed"]:
        wrong.append("the replayed state is not the live one")
    if summary["vehicles"] != vehicles or sum(w["size"] for w in summary["waves"]) != vehicles:
        wrong.append("not every vehicle is accounted for")
    expected_failures = 1 if vehicles >= 4 else 0
    if summary["verified"] != vehicles - expected_failures or summary["rolled_back"] != expected_failures:
        wrong.append("other outcomes than the faults on request explain")
    if any(w["state"] != "passed" for w in summary["waves"] if w["size"]):
        wrong.append("a wave did not pass")
    return wrong


def show(stack: Stack, summary: dict, campaign: str) -> None:
    print(f"""
  {summary['verified']} of {summary['vehicles']} vehicles verified on the new versions, {summary['rolled_back']} rolled back, {summary['failed']} failed
  {summary['events']} facts in the log; {summary['seconds']} s from start to end
  state hash live     {summary['state_hash']['live']}
  state hash replayed {summary['state_hash']['replayed']}

  REST      {stack.url}/api/v1/campaigns/{campaign}
            curl needs the private OpenSSL, a token and the CA:
            LD_LIBRARY_PATH=var/openssl/lib curl --cacert {stack.authority.certificate} \\
              -H "Authorization: Bearer {stack.tokens['carol']}" {stack.url}/api/v1/campaigns/{campaign}
  metrics   {stack.url}/metrics
  rows      psql "{stack.database.url}"
  log       build/release/bin/motorcade log cat --config {stack.config} | less
""", flush=True)


def campaign_show(stack: Stack, screen: Screen, arguments) -> int:
    started = time.monotonic()
    faults = faults_for(stack, screen)
    stack.start_fleet(faults)
    screen.step(f"{stack.vehicles} vehicles start, each with {stack.gateways} zonal gateways and "
                f"{stack.gateways * stack.ecus_per_gateway} ECUs")
    releases = [upload(stack, release) for release in RELEASES]
    screen.step("uploaded " + ", ".join(f"{r['ecuType']} {r['version']}" for r in RELEASES))
    wait_for_vehicles(stack, screen)
    campaign = create_campaign(stack, releases)
    screen.step("campaign created and proposed by alice, approved by bob, started")
    document = run_to_end(stack, campaign, screen, arguments.deadline)
    summary = summary_of(stack, document, time.monotonic() - started)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(summary, indent=2) + "\n")
    show(stack, summary, campaign)
    wrong = check(summary, stack.vehicles, resumed_downloads(stack))
    for complaint in wrong:
        print(f"demo: {complaint}", file=sys.stderr)
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the campaign, with exit code 0 if all went as it should")
    parser.add_argument("--vehicles", type=int, default=30, help="how many (default 30)")
    parser.add_argument("--log", choices=["embedded", "kafka"], default="embedded", help="where the log is (default embedded)")
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=1, help="of Apache Kafka (default 1)")
    parser.add_argument("--owners", type=int, default=1, metavar="N",
                        help="so many processes own the partitions: one with all roles, the others owners only (default 1)")
    parser.add_argument("--json", metavar="FILE", help="write the summary there")
    parser.add_argument("--deadline", type=float, default=600, metavar="SECONDS", help="for the campaign (default 600)")
    parser.add_argument("--directory", type=pathlib.Path, default=CHECKOUT / "var" / "demo", help="for all state")
    arguments = parser.parse_args()
    if not 1 <= arguments.vehicles <= 2000:
        parser.error("--vehicles: from 1 to 2000")
    if not 1 <= arguments.owners <= 8:
        parser.error("--owners: from 1 to 8")
    if arguments.owners > 1 and arguments.log != "kafka":
        parser.error("--owners: a log in a directory has one process; several need --log kafka")
    if arguments.brokers > 1 and arguments.log != "kafka":
        parser.error("--brokers: a log in a directory has none; add --log kafka")
    openssl.ensure_openssl()
    processes.end_on_signals()
    screen = Screen()
    servers = "PostgreSQL, Mosquitto" + (", Apache Kafka" if arguments.log == "kafka" else "")
    engine = f"{arguments.owners} processes of the engine" if arguments.owners > 1 else "the engine"
    screen.step(f"starting {servers} and {engine}")
    try:
        split = [ROLES, *[["owner"]] * (arguments.owners - 1)]
        with Stack(arguments.directory, arguments.vehicles, log=arguments.log, brokers=arguments.brokers, split=split) as stack:
            code = campaign_show(stack, screen, arguments)
            if arguments.once:
                return code
            print("  all of it stays up until Ctrl-C", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except processes.Failure as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())

"""The demo's stack: a private PostgreSQL, a broker, the engine and a fleet, on free ports below var/demo; all ended with it."""

import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT / "tests" / "support"))

from motorcade_rig import broker, certificates, http, kafka, openssl, postgres, processes  # noqa: E402

BINARIES = pathlib.Path(os.environ.get("MOTORCADE_BIN", CHECKOUT / "build" / "release" / "bin"))


ROLES = ("edge", "owner", "projector", "builder", "effects")
PARTITIONS = {"vehicle": 8, "campaign": 2, "catalog": 2}  # the engine's default


def vin_of(number: int) -> str:
    return f"MCDEM{number:012d}"


def reporter_vin(number: int) -> str:
    return f"MCREP{number:012d}"


def merged(sections: dict, more: dict) -> dict:
    """Sections within sections too."""
    return {**sections, **{name: merged(sections.get(name, {}), value) if isinstance(value, dict) else value
                           for name, value in more.items()}}


class Stack:
    """`with Stack(directory, vehicles) as stack:`. Certificates are kept between runs; everything else is made anew.

    settings   more of the engine's configuration: {section: {key: value}}
    log        "embedded", or "kafka" on so many brokers; secure: they ask for TLS, a certificate and a password
    split      the roles of each process of the engine; the first with the role edge is who is talked to. The main one, with
               number 0, is `engine`, with `config`; all of them are `engines`, with `configs`
    reporters  further vehicles, that a test plays itself under the simulator's certificate
    """

    def __init__(self, directory: pathlib.Path, vehicles: int, *, gateways: int = 5, ecus_per_gateway: int = 2,
                 settings: dict[str, dict] | None = None, binaries: pathlib.Path = BINARIES, https_port: int = 0,
                 log: str = "embedded", brokers: int = 1, secure: bool = False, split: Sequence[Sequence[str]] = (ROLES,),
                 reporters: int = 0):
        self.directory = pathlib.Path(directory).resolve()
        self.vehicles = vehicles
        self.gateways = gateways
        self.ecus_per_gateway = ecus_per_gateway
        self.settings = settings or {}
        self.binaries = binaries
        self.https_port = https_port
        self.split = [list(roles) for roles in split]
        self.engines: list[processes.Process | None] = [None for _ in split]
        self.urls = ["" for _ in split]
        self.log = log
        self.brokers = brokers
        self.secure = secure
        self.reporters = reporters
        self.tokens: dict[str, str] = {}
        self.fleet: processes.Process | None = None
        self.database = self.broker = self.kafka = None

    # --- life ---
    def __enter__(self) -> "Stack":
        try:
            self.start_servers()
            self.start_engines()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exception) -> None:
        self.stop()

    def start_servers(self) -> None:
        run = self.directory / "run"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir(parents=True)
        self.run = run
        self.authority = certificates.Authority(self.directory / "certificates")
        self.authority.clients([broker.EDGE_USER, *[vin_of(n + 1) for n in range(self.vehicles)]])
        self.database = postgres.Cluster(run / "postgres", throw_away=True).start()
        self.broker = broker.Broker(run / "broker", self.authority, simulator=self.reporters > 0).start()
        if self.log == "kafka":
            self.start_kafka()
        principals = [("alice", "operator,viewer"), ("bob", "approver,viewer"), ("carol", "auditor,admin,viewer")]
        for name, roles in principals + [("simulator", "simulator")] * (self.reporters > 0):
            self.tokens[name] = self.motorcade("token", "add", "--file", str(run / "tokens"), "--name", name,
                                               "--roles", roles).strip()
        self.ids = self._identify([vin_of(n + 1) for n in range(self.vehicles)])
        self.reporter_ids = self._identify([reporter_vin(n + 1) for n in range(self.reporters)])

    def _identify(self, vins: list[str]) -> dict[str, str]:
        if not vins:
            return {}
        words = self.motorcade("keys", "identify", "--directory", f"{self.run}/keys", *vins).split()
        return dict(zip(words[::2], words[1::2]))

    def start_kafka(self) -> None:
        self.kafka = kafka.Cluster(self.run / "kafka", brokers=self.brokers, secure=self.authority if self.secure else None).start()

    @property
    def engine(self) -> processes.Process | None:
        return self.engines[0]

    def start_engines(self) -> None:
        self.start_engine()
        for number in range(1, len(self.split)):
            self._start_engine(number)
        for number in range(1, len(self.split)):
            self._wait_for_engine(number)

    def start_engine(self, environment: dict[str, str] | None = None, prefix: tuple[str, ...] = (),
                     deadline_s: float = 60, number: int = 0) -> None:
        """prefix: a command that execs the engine in its own place."""
        self._start_engine(number, environment, prefix)
        self._wait_for_engine(number, deadline_s)

    def _start_engine(self, number: int, environment: dict[str, str] | None = None, prefix: tuple[str, ...] = ()) -> None:
        self.https_port = self.https_port or processes.free_port()
        for other in range(len(self.split)):
            self.urls[other] = self.urls[other] or f"https://localhost:{processes.free_port() if other else self.https_port}"
        name = self._name(number)
        self.write_configuration(self.configs[number], number)
        command = [*prefix, str(self.binaries / "motorcade"), "serve", "--config", str(self.configs[number])]
        self.engines[number] = processes.Process(name, command, self.run / f"{name}.log", env=environment, cwd=CHECKOUT).start()

    def _wait_for_engine(self, number: int, deadline_s: float = 60) -> None:
        self.engines[number].wait_for(f"{self._name(number)} to be ready",
                                      lambda: self.client("carol", number).answers("/readyz"), deadline_s=deadline_s)

    def _name(self, number: int) -> str:
        return f"motorcade-{number + 1}" if number else "motorcade"

    @property
    def configs(self) -> list[pathlib.Path]:
        return [self.run / f"{self._name(number)}.yaml" for number in range(len(self.split))]

    @property
    def config(self) -> pathlib.Path:
        return self.configs[0]

    @property
    def url(self) -> str:
        return next(url for url, roles in zip(self.urls, self.split) if "edge" in roles)

    def write_configuration(self, file: pathlib.Path, number: int = 0) -> None:
        file.write_text(self._configuration(number))
        file.chmod(0o600)

    def start_fleet(self, faults: list[dict]) -> None:
        config = self.run / "vehicles.yaml"
        config.write_text(self._fleet_configuration(faults))
        self.fleet = processes.Process("vehicles", [str(self.binaries / "motorcade-vehicle"), "fleet", "--config", str(config)],
                                       self.run / "vehicles.log", cwd=CHECKOUT).start()

    def stop(self) -> None:
        if self.fleet:
            self.fleet.stop()
        engines = [engine for engine in self.engines if engine]
        for engine in engines:
            engine.signal(engine.stop_signal)  # all at once
        for engine in engines:
            engine.stop()
        for server in (self.broker, self.database, self.kafka):
            if server:
                server.stop()

    # --- talking to it ---
    def read_log(self, command: str, *arguments: str) -> list[str]:
        """The lines of `motorcade log COMMAND`, also while the engine runs."""
        return self.motorcade("log", command, "--config", str(self.config), *arguments).splitlines()

    def client(self, principal: str, number: int | None = None) -> http.Client:
        """Of the edge, or of another process."""
        url = self.url if number is None else self.urls[number]
        return http.Client(url, self.authority.certificate, token=self.tokens[principal])

    def live_state(self) -> dict | None:
        """Positions and hashes of all partitions, as their owners' processes say; none: just now a partition is nobody's."""
        found = []
        for number, engine in enumerate(self.engines):
            if engine and engine.running():
                found += self.client("carol", number).get("/api/v1/admin/state").expect(200).json()["partitions"]
        counts = {**PARTITIONS, **self.settings.get("log", {}).get("partitions", {})}
        names = [f"{stream}/{number}" for stream, count in counts.items() for number in range(count)]
        by_name = {one["partition"]: one for one in found}
        if len(found) != len(names) or set(by_name) != set(names):
            return None
        lines = "".join(f"{name} {by_name[name]['sequence']} {by_name[name]['hash']}\n" for name in names)
        return {"partitions": [by_name[name] for name in names], "hash": hashlib.sha256(lines.encode()).hexdigest()}

    def motorcade(self, *arguments: str) -> str:
        done = subprocess.run([str(self.binaries / "motorcade"), *arguments], capture_output=True, text=True, cwd=CHECKOUT,
                              check=False)
        if done.returncode != 0:
            raise processes.Failure(f"motorcade {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout

    def rank(self, seed: int, vehicle_id: str) -> int:
        """A vehicle's rank in a campaign: what puts it into its wave (docs/api.md, "Campaigns")."""
        return int.from_bytes(hashlib.sha256(struct.pack(">Q", seed) + bytes.fromhex(vehicle_id)).digest()[:8], "big")

    def by_rank(self, seed: int) -> list[str]:
        """All VINs in the order in which waves take them."""
        return sorted(self.ids, key=lambda vin: (self.rank(seed, self.ids[vin]), self.ids[vin]))

    def _configuration(self, number: int) -> str:
        run, mine = self.run, self.authority
        server = mine.server()
        edge = mine.client(broker.EDGE_USER)
        sections = {
            "log": self._log(),
            "keys": {"directory": f"{run}/keys"}, "artifacts": {"directory": f"{run}/artifacts"},
            "signing": {"directory": f"{run}/signing"}, "snapshots": {"directory": f"{run}/snapshots"},
            "checkpoints": {"directory": f"{run}/checkpoints"}, "tokens": {"file": f"{run}/tokens"},
            "https": {"host": "127.0.0.1", "port": int(self.urls[number].rsplit(":", 1)[1]), "public_url": self.url,
                      "certificate": str(server.certificate), "key": str(server.key), "client_ca": str(mine.certificate)},
            "mqtt": {"uri": f"ssl://localhost:{self.broker.port}", "client_id": f"motorcade-edge-{number + 1}",
                     "ca": str(mine.certificate), "certificate": str(edge.certificate), "key": str(edge.key)},
            "postgres": {"uri": self.database.url},
        }
        if set(self.split[number]) != set(ROLES):
            sections["roles"] = self.split[number]
        if self.log == "kafka":
            sections["mqtt"]["drain_grace_seconds"] = 2  # none knows what other edges' queues hold; here that is little
        return json.dumps(merged(sections, self.settings), indent=1)  # JSON is YAML

    def _log(self) -> dict:
        if self.log != "kafka":
            return {"directory": f"{self.run}/log"}
        replicas, minimum = (1, 1) if self.brokers == 1 else (3, 2)
        settings = {"bootstrap": self.kafka.bootstrap, "replication": replicas, "min_insync_replicas": minimum}
        if self.secure:
            client = self.kafka.client
            password = self.run / "kafka-password"
            password.touch(mode=0o600)
            password.write_text(client.pop("sasl.password") + "\n")
            settings |= {"client": client, "client_files": {"sasl.password": str(password)}}
        return {"kind": "kafka", "kafka": settings}

    def _fleet_configuration(self, faults: list[dict]) -> str:
        run, mine = self.run, self.authority
        return json.dumps({
            "broker": {"host": "localhost", "port": self.broker.port, "ca": str(mine.certificate),
                       "certificates": {"directory": str(mine.directory), "certificate": "client-{vin}.crt",
                                        "key": "client-{vin}.key"}},
            "server": {"ca": str(mine.certificate)},
            "trust": {"signers": [f"{run}/signing/package-verifying.pem"]},
            "storage": {"directory": f"{run}/vehicles", "sync": True, "ecus": "files"},
            "fleet": {"vehicles": self.vehicles, "vin": "MCDEM%012d", "gateways": self.gateways,
                      "ecus_per_gateway": self.ecus_per_gateway},
            "faults": faults,
        }, indent=1)

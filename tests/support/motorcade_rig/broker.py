"""A private Mosquitto: MQTT 5 over TLS 1.3 only, client certificates required, one PQC configuration enforced.

Mosquitto 2.0 has no option for TLS groups; OpenSSL's own configuration file sets them for the whole process.
"""

import pathlib
import shutil

from . import openssl, processes
from .certificates import Authority
from .processes import Failure
from .unprivileged import Account

EDGE_USER = "motorcade-edge"
SIMULATOR_USER = "motorcade-simulator"
VEHICLE_WRITES = ["vehicle/{vin}/telemetry", "vehicle/{vin}/vci", "vehicle/{vin}/ota/status", "vehicle/{vin}/control",
                  "vehicle/{vin}/diagnostics", "vehicle/updates/{vin}/#"]
VEHICLE_READS = ["vehicle/{vin}/control", "vehicle/{vin}/diagnostics", "vehicle/{vin}/ack", "vehicle/broadcast/#",
                 "vehicle/updates/{vin}/#"]


def access_rules(simulator: bool = False) -> str:
    """The broker's ACL: the user is the certificate's common name. Vehicles reach their own topics only."""
    lines = [f"user {EDGE_USER}", "topic readwrite vehicle/#", "topic readwrite motorcade/#", ""]
    if simulator:  # one connection for many vehicles: never in production
        lines += [f"user {SIMULATOR_USER}"]
        lines += [f"topic write {topic.format(vin='+')}" for topic in VEHICLE_WRITES]
        lines += [f"topic read {topic.format(vin='+')}" for topic in VEHICLE_READS] + [""]
    lines += [f"pattern write {topic.format(vin='%u')}" for topic in VEHICLE_WRITES]
    lines += [f"pattern read {topic.format(vin='%u')}" for topic in VEHICLE_READS]
    return "\n".join(lines) + "\n"


class Broker:
    """`with Broker(directory, authority) as broker: … broker.port`. Restarting keeps retained messages and sessions.

    groups, signatures   OpenSSL's names; the defaults are PQC configuration 13
    simulator            whether the simulator's user exists
    """

    def __init__(self, directory: pathlib.Path, authority: Authority, *, port: int = 0, simulator: bool = False,
                 groups: str = "X25519MLKEM768", signatures: str = "ecdsa_secp256r1_sha256",
                 acl: str | None = None):
        self.directory = pathlib.Path(directory).resolve()
        self.authority = authority
        self.port = port
        self.process: processes.Process | None = None
        self._fixed_port = port
        self._groups = groups
        self._signatures = signatures
        self._acl = access_rules(simulator) if acl is None else acl
        self._account = Account(self.directory, "mosquitto")
        if not self._acl.strip():
            raise ValueError("an empty ACL file allows everything")

    def start(self) -> "Broker":
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if not program:
            raise Failure("no mosquitto on this machine; ./dev setup installs it")
        for attempt in range(3):
            self.port = self._fixed_port or processes.free_port()
            self._write_files()
            command = self._account.command(program, "-c", str(self.directory / "mosquitto.conf"))
            environment = openssl.environment(OPENSSL_CONF=str(self.directory / "openssl.cnf"))
            self.process = processes.Process("mosquitto", command, self.directory / "mosquitto.log", env=environment,
                                             cwd=self.directory).start()
            try:
                self.process.wait_for_log(r"mosquitto version \S+ running", deadline_s=20)
                self._assert_policy()
                return self
            except Failure:
                self.process.stop()
                if attempt == 2 or self._fixed_port or "Address already in use" not in self.process.log_text():
                    raise
        raise AssertionError("unreachable")

    def start_again(self) -> None:
        """After a stop: on the same port, with retained messages and sessions."""
        self._fixed_port = self.port
        self.start()

    def stop(self) -> None:
        if self.process:
            self.process.stop()

    def _assert_policy(self) -> None:
        """A broker on an OpenSSL that does not know the groups would serve without them, and without a word."""
        result = openssl.run("s_client", "-connect", f"127.0.0.1:{self.port}", "-brief", "-tls1_3", "-groups", self._groups,
                             "-sigalgs", self._signatures, "-CAfile", str(self.authority.certificate), "-verify_return_error")
        if b"CONNECTION ESTABLISHED" not in result.stdout + result.stderr:
            raise Failure(f"the broker does not speak {self._groups} with {self._signatures}: "
                          f"{result.stderr.decode(errors='replace').strip()[-600:]}")

    def _write_files(self) -> None:
        server = self.authority.server()
        for source, target in [(self.authority.certificate, "ca.crt"), (server.certificate, "server.crt"),
                               (server.key, "server.key")]:
            shutil.copy(source, self.directory / target)
        (self.directory / "server.key").chmod(0o600)
        (self.directory / "acl").write_text(self._acl)
        (self.directory / "acl").chmod(0o600)
        (self.directory / "openssl.cnf").write_text(self._openssl_configuration())
        (self.directory / "mosquitto.conf").write_text(self._configuration())
        self._account.own()

    def _openssl_configuration(self) -> str:
        return ("openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = policy\n[policy]\n"
                f"MinProtocol = TLSv1.3\nGroups = {self._groups}\nSignatureAlgorithms = {self._signatures}\n"
                f"ClientSignatureAlgorithms = {self._signatures}\n")

    def _configuration(self) -> str:
        here = self.directory
        return "\n".join([
            f"listener {self.port} 127.0.0.1",
            f"cafile {here}/ca.crt", f"certfile {here}/server.crt", f"keyfile {here}/server.key",
            "tls_version tlsv1.3", "require_certificate true", "use_identity_as_username true",
            "allow_anonymous false", f"acl_file {here}/acl",
            "persistence true", f"persistence_location {here}/", "autosave_interval 10",
            "max_queued_messages 0",  # the default, 1,000, drops what is above
            "max_inflight_messages 100", "message_size_limit 1048576",
            "log_dest stderr", "log_type error", "log_type warning", "log_type notice", "log_type information",
            "connection_messages true", ""])

    def __enter__(self) -> "Broker":
        return self.start()

    def __exit__(self, *_exception) -> None:
        self.stop()

"""A private Apache Kafka (KRaft) of one or three brokers, from Maven Central on Debian's JDK, on free ports.

Every node is broker and controller at once. What is downloaded is kept below var/ and shared by all clusters.
"""

import base64
import fcntl
import hashlib
import pathlib
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
import uuid
from collections.abc import Sequence

from . import processes
from .certificates import Authority
from .processes import Failure

CACHE = pathlib.Path(__file__).resolve().parents[3] / "var" / "kafka"
POM = pathlib.Path(__file__).with_name("kafka_pom.xml")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
DOWNLOAD_DEADLINE_S = 600
# Short runs on few cores: start fast rather than compile well.
JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true"]

STARTED = r"Kafka Server started"
USER = "motorcade"  # of a secure cluster
METADATA, VERSION = 3, 4  # of a request in the protocol of Apache Kafka

_LOGGING = """\
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n
"""


def libraries(cache: pathlib.Path = CACHE) -> pathlib.Path:
    """The folder of Kafka's jars; downloaded once. Fails, and says what to do, where Maven or its repository is out of reach."""
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / f"libraries-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # others wait for one download
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=cache) as work:
                _download(pathlib.Path(work))
                (pathlib.Path(work) / "jars").rename(target)
    return target


def _download(work: pathlib.Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise Failure("no mvn on this machine; ./dev setup installs it")
    shutil.copy(POM, work / "pom.xml")
    command = [maven, "-B", "-ntp", COPY, f"-DoutputDirectory={work}/jars", "-DincludeScope=runtime",
               f"-Dmaven.repo.local={work}/repository"]
    try:
        result = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                timeout=DOWNLOAD_DEADLINE_S)
    except subprocess.TimeoutExpired:
        raise Failure(f"Maven has not brought Apache Kafka within {DOWNLOAD_DEADLINE_S} s; check the network") from None
    if result.returncode != 0:
        raise Failure("Apache Kafka cannot be had: Maven Central, or the mirror that ~/.m2/settings.xml names, is out of reach "
                      f"from here. Repair that and try again.\n{(result.stdout + result.stderr).strip()[-1500:]}")


class Cluster:
    """`with Cluster(directory) as cluster: … cluster.bootstrap`. A cluster's data lie in `directory`, and outlive a restart.

    brokers   1, or 3 with every topic on all of them
    heap      of each, as Java takes it
    jvm       what else Java is told; by default to start soon and stay small
    secure    clients come over TLS, with a certificate of this authority *and* a password (PLAIN: librdkafka before 2.6.1 fails
              SCRAM with Kafka 4); brokers and tools of this module talk in the clear, on listeners of their own
    """

    def __init__(self, directory: pathlib.Path, *, brokers: int = 1, heap: str = "256m", jvm: Sequence[str] = JVM,
                 secure: Authority | None = None):
        if brokers not in (1, 3):
            raise ValueError("a cluster has 1 or 3 brokers")
        self.directory = pathlib.Path(directory).resolve()
        self.processes: list[processes.Process] = []
        self._brokers = brokers
        self._heap = heap
        self._jvm = jvm
        self._ports: list[tuple[int, int]] = []
        self._secure = secure
        self._secure_ports: list[int] = []
        self.password = secrets.token_urlsafe(16)
        self._jars = ""

    @property
    def bootstrap(self) -> str:
        """Where clients connect first."""
        return ",".join(f"127.0.0.1:{port}" for port in self._secure_ports) if self._secure else self._plain

    @property
    def _plain(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port, _controller in self._ports)

    @property
    def client(self) -> dict[str, str]:
        """What librdkafka needs to be let in, beside `bootstrap`."""
        if not self._secure:
            return {}
        identity = self._secure.client(USER)
        return {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": USER,
                "sasl.password": self.password, "ssl.ca.location": str(self._secure.certificate),
                "ssl.certificate.location": str(identity.certificate), "ssl.key.location": str(identity.key)}

    def start(self) -> "Cluster":
        self._jars = f"{libraries()}/*"
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "log4j2.properties").write_text(_LOGGING)
        for attempt in range(3):
            self._ports = [(processes.free_port(), processes.free_port()) for _ in range(self._brokers)]
            self._secure_ports = [processes.free_port() for _ in range(self._brokers if self._secure else 0)]
            try:
                self._start_once()
                return self
            except Failure as failure:
                self.stop()
                if attempt == 2 or "BindException" not in str(failure):
                    raise
        raise AssertionError("unreachable")

    def stop(self) -> None:
        for process in self.processes:
            process.signal(process.stop_signal)  # all at once: the last ones would wait for a quorum in vain
        for process in self.processes:
            process.stop()

    def group(self, name: str) -> dict[tuple[str, int], tuple[int, int]]:
        """Of a consumer group: (topic, partition) -> (committed offset, end), as Kafka's own tool says."""
        rows = self._describe(name)
        return {(row[1], int(row[2])): (int(row[3]), int(row[4])) for row in rows if row[3].isdigit() and row[4].isdigit()}

    def shares(self, name: str) -> dict[str, set[tuple[str, int]]]:
        """Of a consumer group: who has which (topic, partition)."""
        found: dict[str, set[tuple[str, int]]] = {}
        for row in self._describe(name):
            found.setdefault(row[6], set()).add((row[1], int(row[2])))
        return found

    def _describe(self, group: str) -> list[list[str]]:
        command = self._java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", self._plain,
                             "--describe", "--group", group)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        return [line.split() for line in done.stdout.splitlines() if line.startswith(group + " ")]

    def ends(self, topic: str) -> list[int]:
        """The next offset of each partition, as Kafka's own tool says."""
        command = self._java("org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", self._plain, "--topic", topic)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        ends = [int(line.rsplit(":", 1)[1]) for line in done.stdout.splitlines() if line.startswith(topic + ":")]
        if done.returncode != 0 or not ends:
            raise Failure(f"Kafka's tool does not tell the ends of {topic}: {(done.stdout + done.stderr).strip()[-1500:]}")
        return ends

    def start_again(self, node: int) -> None:
        """A node (1, 2, 3) that has ended: on the same ports, with what it held."""
        self.processes[node - 1].start().wait_for_log(STARTED, deadline_s=90)

    def leader(self, topic: str, partition: int) -> int | None:
        """Which node leads it, as the first node says that answers; None: nobody knows of one."""
        for process, (port, _controller) in zip(self.processes, self._ports):
            try:
                if process.running() and (leaders := _leaders(port, topic)):
                    return leaders[partition] if leaders[partition] > 0 else None
            except (OSError, struct.error):
                continue  # it has just ended, or it is stopped
        return None

    def _start_once(self) -> None:
        self.processes = []
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        for node in range(1, self._brokers + 1):
            configuration = self.directory / f"node-{node}.properties"
            configuration.write_text(self._configuration(node))
            if not (self.directory / f"node-{node}" / "meta.properties").exists():
                self._format(configuration, cluster_id)
        for node in range(1, self._brokers + 1):
            command = self._java("kafka.Kafka", str(self.directory / f"node-{node}.properties"))
            self.processes.append(processes.Process(f"kafka-{node}", command, self.directory / f"node-{node}.log",
                                                    cwd=self.directory, stop_deadline_s=20).start())
        for process in self.processes:
            process.wait_for_log(STARTED, deadline_s=90)

    def _java(self, main: str, *arguments: str) -> list[str]:
        java = shutil.which("java")
        if not java:
            raise Failure("no java on this machine; ./dev setup installs it")
        return [java, f"-Xmx{self._heap}", *self._jvm, f"-Dlog4j2.configurationFile={self.directory}/log4j2.properties",
                "-cp", self._jars, main, *arguments]

    def _format(self, configuration: pathlib.Path, cluster_id: str) -> None:
        standalone = ["--standalone"] if self._brokers == 1 else []
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(configuration), *standalone)
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120)
        if result.returncode != 0:
            raise Failure(f"Kafka's storage cannot be formatted: {(result.stdout + result.stderr).strip()[-1500:]}")

    def _quorum(self) -> str:
        addresses = [f"127.0.0.1:{controller}" for _port, controller in self._ports]
        if self._brokers == 1:
            return f"controller.quorum.bootstrap.servers={addresses[0]}"
        return "controller.quorum.voters=" + ",".join(f"{node}@{address}" for node, address in enumerate(addresses, 1))

    def _configuration(self, node: int) -> str:
        port, controller = self._ports[node - 1]
        replicas, minimum = (1, 1) if self._brokers == 1 else (3, 2)
        listeners = f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
        if self._secure:
            listeners += f",SECURE://127.0.0.1:{self._secure_ports[node - 1]}"
        return "\n".join([
            "process.roles=broker,controller", f"node.id={node}", self._quorum(),
            f"listeners={listeners}", f"advertised.listeners={listeners}",
            "controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
            *(self._security() if self._secure else []),
            f"log.dirs={self.directory}/node-{node}",
            "auto.create.topics.enable=false", f"default.replication.factor={replicas}", f"min.insync.replicas={minimum}",
            f"offsets.topic.replication.factor={replicas}", "offsets.topic.num.partitions=1",
            f"transaction.state.log.replication.factor={replicas}", f"transaction.state.log.min.isr={minimum}",
            "transaction.state.log.num.partitions=4",
            f"share.coordinator.state.topic.replication.factor={replicas}", f"share.coordinator.state.topic.min.isr={minimum}",
            # A transaction whose owner has gone is ended soon after its timeout; the default looks every 10 s.
            "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
            "group.initial.rebalance.delay.ms=0",
            # Small and idle: many topics of a few records.
            "num.network.threads=2", "num.io.threads=3", "background.threads=2", "log.index.size.max.bytes=1048576",
            "log.cleaner.dedupe.buffer.size=4194304", ""])

    def _security(self) -> list[str]:
        """Of the listener SECURE. Java takes a key and its certificate from one PEM file, PKCS #8 first."""
        identity = self._secure.server()
        keystore = self.directory / "broker.pem"
        keystore.touch(mode=0o600)
        keystore.write_text(identity.key.read_text() + identity.certificate.read_text())
        settings = {"ssl.keystore.type": "PEM", "ssl.keystore.location": keystore, "ssl.truststore.type": "PEM",
                    "ssl.truststore.location": self._secure.certificate, "ssl.client.auth": "required",
                    "sasl.enabled.mechanisms": "PLAIN",
                    "plain.sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
                                              f'user_{USER}="{self.password}";'}
        return [f"listener.name.secure.{name}={value}" for name, value in settings.items()]

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_exception) -> None:
        self.stop()


def _leaders(port: int, topic: str) -> dict[int, int]:
    """Partition -> node, as this broker knows it; empty: it knows no such topic."""
    name = topic.encode()
    request = struct.pack(f">hhihih{len(name)}s?", METADATA, VERSION, 1, -1, 1, len(name), name, False)
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection, connection.makefile("rb") as answer:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size = answer.read(4)
        body = _Answer(answer.read(int.from_bytes(size, "big")))
    body.number("i"), body.number("i")  # correlation, throttle time
    for _ in range(body.number("i")):  # brokers
        body.number("i"), body.text(), body.number("i"), body.text()
    body.text(), body.number("i")  # the cluster, its controller
    leaders = {}
    for _ in range(body.number("i")):
        body.number("h"), body.text(), body.number("b")
        for _ in range(body.number("i")):
            body.number("h")
            partition = body.number("i")
            leaders[partition] = body.number("i")
            for _ in ("replicas", "in sync"):
                for _ in range(body.number("i")):
                    body.number("i")
    return leaders


class _Answer:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def number(self, kind: str) -> int:
        value = struct.unpack_from(">" + kind, self._data, self._at)[0]
        self._at += struct.calcsize(kind)
        return value

    def text(self) -> None:
        size = self.number("h")
        self._at += max(size, 0)  # -1: none

"""An MQTT 5 client by hand: mosquitto_pub and mosquitto_sub under a certificate."""

import dataclasses
import pathlib
import subprocess
import tempfile

from . import openssl, processes
from .certificates import Identity
from .processes import Failure

MARK = "message"  # begins each line that is a message; the rest is mosquitto_sub's own talk


@dataclasses.dataclass(frozen=True)
class Message:
    topic: str
    qos: int
    retained: bool
    content_type: str
    payload: bytes
    properties: dict[str, str]  # user properties; keys and values without spaces


class Refused(Failure):
    """The broker said no: no connection under this certificate, or not to this topic."""


class Client:
    """One identity at one broker (of 127.0.0.1). The user name is the certificate's common name."""

    def __init__(self, port: int, authority: pathlib.Path, identity: Identity):
        self.identity = identity
        self._connection = ["-V", "mqttv5", "-h", "127.0.0.1", "-p", str(port), "--cafile", str(authority),
                            "--cert", str(identity.certificate), "--key", str(identity.key),
                            "--tls-version", "tlsv1.3"]

    def publish(self, topic: str, payload: bytes | str, properties: dict[str, str] | None = None, *, qos: int = 1,
                retain: bool = False, content_type: str = "", timeout_s: float = 15) -> None:
        """Returns once the broker has it (QoS 1 and 2); Refused when an ACL forbids it."""
        arguments = ["mosquitto_pub", *self._connection, "-d", "-t", topic, "-q", str(qos), "-s"]
        if retain:
            arguments.append("-r")
        if content_type:
            arguments += ["-D", "publish", "content-type", content_type]
        for name, value in (properties or {}).items():
            arguments += ["-D", "publish", "user-property", name, str(value)]
        body = payload.encode() if isinstance(payload, str) else payload
        if not body:
            arguments[arguments.index("-s")] = "-n"
        try:
            result = subprocess.run(arguments, input=body, capture_output=True, check=False, timeout=timeout_s,
                                    env=openssl.environment())
        except subprocess.TimeoutExpired:
            raise Failure(f"no answer from the broker to a publish on {topic} in {timeout_s:g} s") from None
        said = (result.stdout + result.stderr).decode(errors="replace")
        if result.returncode != 0 or "Not authorized" in said or "failed:" in said:
            raise Refused(f"{self.identity.name} may not publish on {topic}: {said.strip()[-400:]}")

    def subscribe(self, *topics: str, qos: int = 1) -> "Subscription":
        """`with client.subscribe("vehicle/+/ack") as acks: acks.wait_for(1)`."""
        return Subscription(self._connection, topics, qos)


class Subscription:
    """Collects what arrives from the moment that the broker has confirmed the subscription."""

    def __init__(self, connection: list[str], topics: tuple[str, ...], qos: int):
        self._directory = tempfile.TemporaryDirectory(prefix="motorcade-mqtt-")
        log = pathlib.Path(self._directory.name) / "messages"
        arguments = ["mosquitto_sub", *connection, "-d", "-q", str(qos), "-F", f"{MARK}\t%t\t%q\t%r\t%C\t%x\t%P"]
        for topic in topics:
            arguments += ["-t", topic]
        # Its standard output is a file, which it would fill by blocks.
        self._process = processes.Process("mosquitto_sub", ["stdbuf", "-oL", *arguments], log,
                                          env=openssl.environment())

    def messages(self) -> list[Message]:
        lines = self._process.log_text().split("\n")[:-1]  # what follows the last newline is not complete
        return [_parse(line) for line in lines if line.startswith(MARK + "\t")]

    def wait_for(self, count: int, deadline_s: float = 15) -> list[Message]:
        """All messages so far, once there are at least `count`."""
        self._process.wait_for(f"{count} messages", lambda: len(self.messages()) >= count, deadline_s)
        return self.messages()

    def wait_for_message(self, what: str, predicate, deadline_s: float = 15) -> Message:
        """The first message for which predicate(message) holds."""
        return self._process.wait_for(what, lambda: next(filter(predicate, self.messages()), None), deadline_s)

    def __enter__(self) -> "Subscription":
        try:
            self._process.start()
            self._process.wait_for_log(r"^Subscribed \(mid", deadline_s=15)
        except Failure as failure:
            self.__exit__()
            raise Refused(str(failure)) from None
        return self

    def __exit__(self, *_exception) -> None:
        self._process.stop()
        self._directory.cleanup()


def _parse(line: str) -> Message:
    _mark, topic, qos, retained, content_type, payload, properties = line.split("\t")
    pairs = (pair.split(":", 1) for pair in properties.split(" ") if ":" in pair)
    return Message(topic, int(qos), retained == "1", content_type, bytes.fromhex(payload), dict(pairs))

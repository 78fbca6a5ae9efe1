"""A real Apache Kafka broker (KRaft, one node) for tests and `make kafka`: started, waited for, stopped, killed.

Its jars are in `.kafka/lib`, put there by make from tools/kafka/pom.xml.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.services.certificates import write_certificates
from tests.services.processes import accepts_connections, ends_with_its_parent, free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".kafka" / "lib"
USER, PASSWORD = "weft", "correct-horse"
"""Who a broker with SASL lets in."""

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

# One small broker on a busy machine: a quick start is worth more than speed under load.
_JVM = ("-Xms64m", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
_LOG = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
_START_SECONDS = 240.0


class KafkaBroker:
    """A broker with its data, log and settings in a folder; the same port and data after every start.

    `security` is the protocol of the only listener for clients; with TLS, `ca` is the file clients have to trust.
    `settings` are further lines of server.properties.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        security: Security = "PLAINTEXT",
        mechanism: Mechanism = "PLAIN",
        **settings: str,
    ) -> None:
        self.folder = folder
        self.port = free_port() if port is None else port
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.ca = folder / "ca.pem"
        self._controller_port = free_port()
        self._security = security
        self._mechanism = mechanism
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def client_settings(self) -> dict[str, Any]:
        """What a client of confluent-kafka needs to reach it."""
        reach: dict[str, Any] = {"bootstrap.servers": self.bootstrap, "security.protocol": self._security}
        if self._security.startswith("SASL"):
            reach |= {"sasl.mechanism": self._mechanism, "sasl.username": USER, "sasl.password": PASSWORD}
        if self._security.endswith("SSL"):
            reach["ssl.ca.location"] = str(self.ca)
        return reach

    def start(self, timeout: float = _START_SECONDS) -> None:
        """Start and wait until it answers. Raises RuntimeError with the end of its log."""
        if self.running:
            return
        self._prepare()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_its_parent(), *self._java("kafka.Kafka"), str(self._properties)],
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        try:
            wait_for("Kafka", self._answers, lambda: self.running, self._log, timeout)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End it politely: it hands over, writes what it has, and goes."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def wait(self) -> None:
        """Until it ends."""
        if self._process is not None:
            self._process.wait()

    def create_topics(self, *names: str, partitions: int = 1, **config: str) -> None:
        """Make topics and wait until they can be used."""
        topics = [NewTopic(name, num_partitions=partitions, replication_factor=1, config=config) for name in names]
        client = AdminClient(self.client_settings)
        for made in client.create_topics(topics, request_timeout=60).values():
            made.result(60)

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log(self) -> Path:
        return self.folder / "broker.log"

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(30)
        self._process = None

    def _answers(self) -> bool:
        if not accepts_connections(self.port):
            return False
        quiet: dict[str, Any] = {"log_level": 0, "error_cb": lambda _error: None}
        client = AdminClient(self.client_settings | quiet)
        try:
            # Only a broker that may be used already is in the list.
            return bool(client.list_topics(timeout=5).brokers)
        except KafkaException:
            return False

    def _prepare(self) -> None:
        """Write its settings; at the first start, format its storage too."""
        if not JARS.is_dir():
            raise RuntimeError("There is no Kafka broker in .kafka/lib: run `make kafka-jars`")
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._security.endswith("SSL") and not self.ca.exists():
            write_certificates(self.folder)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._configuration().items()))
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = [*self._java("kafka.tools.StorageTool"), "format", "-t", cluster_id, "-c", str(self._properties)]
        if self._mechanism != "PLAIN":
            command += ["--add-scram", f"{self._mechanism}=[name={USER},password={PASSWORD}]"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_START_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka cannot format its storage:\n{done.stdout}{done.stderr}")

    def _java(self, main: str) -> list[str]:
        return [java(), *_JVM, *_LOG, "-cp", f"{JARS}/*", main]

    def _configuration(self) -> dict[str, str]:
        listeners = f"CLIENTS://127.0.0.1:{self.port}"
        configuration = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": listeners,
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,CLIENTS:{self._security}",
            "inter.broker.listener.name": "CLIENTS",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            # So that tests need not wait long for members, and for a broker, that were killed.
            "group.min.session.timeout.ms": "1000",
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "4000",
            "num.network.threads": "2",
            "num.io.threads": "2",
            "background.threads": "2",
            "log.cleaner.enable": "false",
        }
        if self._security.startswith("SASL"):
            configuration |= self._sasl()
        if self._security.endswith("SSL"):
            configuration |= self._tls()
        return configuration | {name.replace("_", "."): value for name, value in self._settings.items()}

    def _sasl(self) -> dict[str, str]:
        module = "plain.PlainLoginModule" if self._mechanism == "PLAIN" else "scram.ScramLoginModule"
        jaas = f'org.apache.kafka.common.security.{module} required username="{USER}" password="{PASSWORD}"'
        users = f' user_{USER}="{PASSWORD}"' if self._mechanism == "PLAIN" else ""
        return {
            "sasl.enabled.mechanisms": self._mechanism,
            "sasl.mechanism.inter.broker.protocol": self._mechanism,
            f"listener.name.clients.{self._mechanism.lower()}.sasl.jaas.config": f"{jaas}{users};",
        }

    def _tls(self) -> dict[str, str]:
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
        }


def java() -> str:
    """The Java to run. Raises RuntimeError with what to do when there is none."""
    found = shutil.which("java")
    if found is None:
        raise RuntimeError("There is no Java: run `tools/ensure_java`")
    return found


def main() -> None:
    """Run a broker in the foreground until it is interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--data", type=Path, default=ROOT / ".kafka" / "data")
    given = parser.parse_args()
    with KafkaBroker(given.data, port=given.port) as broker, contextlib.suppress(KeyboardInterrupt):
        print(f"Kafka runs with data in {given.data}; stop it with Ctrl-C. Use it with:\n", flush=True)
        print(f"  export WEFT_KAFKA_BROKERS={broker.bootstrap}\n", flush=True)
        broker.wait()


if __name__ == "__main__":
    main()

"""A private PostgreSQL 15 cluster: 127.0.0.1 and a UNIX socket, a password made at run time."""

import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile

from . import processes
from .processes import Failure
from .unprivileged import Account

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
USER = DATABASE = "motorcade"
SOCKET_PATH_LIMIT = 90  # of sockaddr_un's 108, less the file's own name
# Nothing survives a power cut with these; good enough, and much faster, where the whole cluster is thrown away.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """`with Cluster(directory) as database: … database.url`. A directory that holds a cluster already is used again."""

    def __init__(self, directory: pathlib.Path, *, throw_away: bool = False, settings: dict[str, str] | None = None):
        self.directory = pathlib.Path(directory).resolve()
        self.throw_away = throw_away
        self.settings = {"max_connections": "50", "shared_buffers": "64MB", **(THROW_AWAY if throw_away else {}),
                         **(settings or {})}
        self.port = 0
        self.password = ""
        self.process: processes.Process | None = None
        self._account = Account(self.directory, "postgres")
        self._data = self.directory / "data"
        self._sockets: pathlib.Path | None = None

    @property
    def url(self) -> str:
        """libpq keywords, by TCP. Holds the password: pass it by file or environment, never on a command line."""
        return f"host=127.0.0.1 port={self.port} dbname={DATABASE} user={USER} password={self.password}"

    def start(self) -> "Cluster":
        if not (PROGRAMS / "postgres").exists():
            raise Failure(f"no PostgreSQL in {PROGRAMS}; ./dev setup installs it")
        self._create()
        for attempt in range(3):  # somebody else may take the port between the look and the start
            self.port = processes.free_port()
            self.process = self._server().start()
            try:
                self.process.wait_for_log("database system is ready to accept connections", deadline_s=60)
                break
            except Failure:
                self.process.stop()
                if attempt == 2 or "could not bind" not in self.process.log_text():
                    self._remove_socket_directory()
                    raise
        self._create_database()
        return self

    def start_again(self) -> None:
        """After a stop: on the same port, with what it held."""
        self.process = self._server().start()
        self.process.wait_for_log("database system is ready to accept connections", deadline_s=60)

    def stop(self) -> None:
        if self.process:
            self.process.stop()
        self._remove_socket_directory()

    def query(self, sql: str, database: str = DATABASE) -> list[list[str]]:
        """Rows as text, by psql; fails with the server's message."""
        result = subprocess.run(
            ["psql", "--no-psqlrc", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=sql, capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER, "PGDATABASE": database,
                 "PGPASSWORD": self.password})
        if result.returncode != 0:
            raise Failure(f"psql: {result.stderr.strip()}")
        text = result.stdout.removesuffix("\n").removesuffix("\x1e")
        return [row.split("\x1f") for row in text.split("\x1e")] if text else []

    def _create(self) -> None:
        secret = self.directory / "password"
        if (self._data / "PG_VERSION").exists() and secret.exists():
            self.password = secret.read_text().strip()
            self._account.own()
            return
        shutil.rmtree(self._data, ignore_errors=True)
        self.password = secrets.token_urlsafe(24)
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self._account.own()
        command = self._account.command(
            str(PROGRAMS / "initdb"), "-D", str(self._data), "-U", USER, "--pwfile", str(secret), "--encoding=UTF8",
            "--locale=C.UTF-8", "--auth=scram-sha-256", *(["--no-sync"] if self.throw_away else []))
        result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.directory)
        if result.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            raise Failure(f"initdb failed: {result.stderr.strip()}")

    def _server(self) -> processes.Process:
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "logging_collector": "off",
                    "unix_socket_directories": str(self._socket_directory()), **self.settings}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._account.command(str(PROGRAMS / "postgres"), "-D", str(self._data), *arguments, dies_with="INT")
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        return processes.Process("postgres", command, self.directory / "postgres.log", stop_signal=signal.SIGINT,
                                 cwd=self.directory)

    def _socket_directory(self) -> pathlib.Path:
        if len(str(self.directory)) <= SOCKET_PATH_LIMIT:
            return self.directory
        if self._sockets is None:  # too deep for a socket's name
            self._sockets = pathlib.Path(tempfile.mkdtemp(prefix="motorcade-pg-"))
            owner = self.directory.stat()
            os.chown(self._sockets, owner.st_uid, owner.st_gid)
        return self._sockets

    def _remove_socket_directory(self) -> None:
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _create_database(self) -> None:
        if not self.query(f"select 1 from pg_database where datname = '{DATABASE}'", database="postgres"):
            self.query(f"create database {DATABASE}", database="postgres")

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_exception) -> None:
        self.stop()

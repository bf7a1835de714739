"""A small HTTPS client: one authority pinned, TLS 1.3, bearer token or client certificate, JSON in and out."""

import dataclasses
import http.client
import json
import os
import pathlib
import ssl
import urllib.parse

from .certificates import Identity


@dataclasses.dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    def expect(self, *statuses: int) -> "Response":
        """Itself, or a failure that shows what the server said."""
        if self.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            raise AssertionError(f"HTTP {self.status} instead of {wanted}: {self.body[:2000].decode(errors='replace')}")
        return self


class Client:
    """One server, one identity. Each request has its own connection, so a client may be shared by threads.

    base   https://host:port, a path may follow
    """

    def __init__(self, base: str, authority: pathlib.Path, *, token: str = "", identity: Identity | None = None,
                 timeout_s: float = 30):
        parts = urllib.parse.urlsplit(base)
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError(f"not an https URL: {base}")
        self._host = parts.hostname
        self._port = parts.port or 443
        self._path = parts.path.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self._tls.load_verify_locations(authority)
        if identity:
            self._tls.load_cert_chain(identity.certificate, identity.key)

    def request(self, method: str, path: str, body=None, headers: dict[str, str] | None = None) -> Response:
        """body: None; bytes; a path, which is streamed; anything else is sent as JSON. Any status is an answer."""
        sent = dict(headers or {})
        if self._token:
            sent.setdefault("Authorization", f"Bearer {self._token}")
        file = None
        if isinstance(body, pathlib.Path):
            sent.setdefault("Content-Type", "application/octet-stream")
            sent.setdefault("Content-Length", str(os.path.getsize(body)))
            body = file = open(body, "rb")  # closed below
        elif body is not None and not isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._tls)
        try:
            connection.request(method, self._path + path, body=body, headers=sent)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
            if file:
                file.close()

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body=None, headers: dict[str, str] | None = None) -> Response:
        return self.request("POST", path, body, headers)

    def put(self, path: str, body=None, headers: dict[str, str] | None = None) -> Response:
        return self.request("PUT", path, body, headers)

    def answers(self, path: str) -> bool:
        """Whether GET path is answered with 2xx now: a condition for processes.wait_until."""
        try:
            return 200 <= self.get(path).status < 300
        except (OSError, http.client.HTTPException):
            return False

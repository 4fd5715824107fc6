"""One HTTP exchange with a bound on its whole time and on the reply's size.

The standard library alone: no proxy of the environment is used, no redirect is followed (either
could carry pictures and the key elsewhere), certificates are checked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from vla_ros.backends.server_address import ServerAddress
from vla_ros.errors import ModelError


class Unreachable(ModelError):
    """No whole reply came: no connection, broken off, too slow or too large."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What a server sent.

    Attributes:
        status: HTTP status.
        content: The body.
        retry_after_s: How long the server asks to be left alone [s], 0 where it does not say.
    """

    status: int
    content: bytes
    retry_after_s: float = 0.0


def exchange(
    address: ServerAddress,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    timeout_s: float,
    max_bytes: int,
) -> HttpReply:
    """Send a request and return the whole reply.

    A server that trickles one byte a second meets the same end as one that is silent.

    Args:
        address: Where to; `path` is added to its own.
        method: GET or POST.
        path: Rest of the path, with its leading slash.
        headers: Sent as they are.
        body: Sent as it is.
        timeout_s: Time for everything [s].
        max_bytes: Longest body that is read.

    Raises:
        Unreachable: There is no connection, the time is over, or the body is longer.
    """
    ends_s = time.monotonic() + timeout_s
    connection, who = _connection(address, timeout_s), f"the model's server {address}"
    late = threading.Event()
    try:
        connection.connect()
        watch = threading.Timer(max(0.0, ends_s - time.monotonic()), _cut, (connection.sock, late))
        watch.daemon = True
        watch.start()
        try:
            connection.request(method, address.path + path, body, dict(headers))
            response = connection.getresponse()
            content = response.read(max_bytes + 1)
            if response.length and len(content) <= max_bytes:
                raise ConnectionResetError(f"broken off {response.length} bytes before its end")
        finally:
            watch.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise Unreachable(f"{who} did not reply within {timeout_s:.1f} s") from error
        raise Unreachable(f"{who} cannot be reached: {str(error) or repr(error)}") from error
    finally:
        connection.close()
    if late.is_set():
        raise Unreachable(f"{who} did not reply within {timeout_s:.1f} s")
    if len(content) > max_bytes:
        raise Unreachable(f"{who} sent more than {max_bytes} bytes")
    return HttpReply(response.status, content, _seconds(response.getheader("Retry-After")))


def _connection(address: ServerAddress, timeout_s: float) -> http.client.HTTPConnection:
    if not address.secure:
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
    return http.client.HTTPSConnection(
        address.host, address.port, timeout=timeout_s, context=ssl.create_default_context()
    )


def _cut(sock: socket.socket, late: threading.Event) -> None:
    """End an exchange from outside; whatever waits for the socket then returns."""
    late.set()
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # It had ended by itself.


def _seconds(header: str | None) -> float:
    """Return a Retry-After in seconds; the form with a date is not read."""
    return float(header) if header and header.isascii() and header.isdigit() else 0.0

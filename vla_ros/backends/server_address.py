"""Where a model server is: "https://gpu.example.org/v1#Qwen/Qwen2.5-VL-7B-Instruct"."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from vla_ros.errors import ConfigError

_EXAMPLE = "https://gpu.example.org/v1#Qwen/Qwen2.5-VL-7B-Instruct"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server and one of its models.

    Attributes:
        secure: Whether it is reached by https; else it is this machine.
        host: Its name or address.
        port: Its port.
        path: What comes before "/chat/completions", without a slash at its end.
        model: The model's name on it.
    """

    secure: bool
    host: str
    port: int
    path: str
    model: str

    def __str__(self) -> str:
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{self.host}:{self.port}{self.path}#{self.model}"


def is_server(name: str) -> bool:
    """Whether a model's name is a server's address."""
    return name.lower().startswith(("http://", "https://"))


def server_address(name: str) -> ServerAddress:
    """Return the parts of an address.

    Raises:
        ConfigError: It is no address, names no model, carries a password, or is not encrypted
            though it leaves this machine.
    """
    try:
        parts = urlsplit(name)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"'{name}' is no server address such as {_EXAMPLE}: {error}") from error
    if parts.username is not None or parts.password is not None or parts.query:
        raise ConfigError("a key does not belong into an address: set server_key_variable")
    if not host or not name.isprintable() or " " in name:
        raise ConfigError(f"'{name}' is no server address such as {_EXAMPLE}")
    if not parts.fragment:
        raise ConfigError(f"'{name}' names no model: write it after a '#', as in {_EXAMPLE}")
    secure = parts.scheme == "https"
    if not secure and not _is_this_machine(host):
        raise ConfigError(
            f"'{name}' would send pictures and the key unencrypted over the network: use https, or "
            "a tunnel (ssh -L 8000:localhost:8000) and http://localhost:8000"
        )
    port = port or (443 if secure else 80)
    return ServerAddress(secure, host, port, parts.path.rstrip("/"), unquote(parts.fragment))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""A ROS domain for a graph of our own, so that graphs side by side don't hear each other."""

from __future__ import annotations

import os
import socket

from vla_ros.errors import ConfigError

# 0 is everyone's domain, and above 101 the ports collide with ephemeral ones.
_DOMAINS = range(1, 102)
_FIRST_PORT, _PORTS_PER_DOMAIN = 7400, 250

_claims: list[socket.socket] = []


def claim_domain() -> int:
    """Return a domain that nobody else on this machine has claimed; ours until this process ends.

    A claim is the TCP port with the number of the domain's discovery port, which is UDP: it is free
    again however the process ends, and only those who share a network exclude each other.

    Raises:
        ConfigError: Every domain is claimed.
    """
    for offset in range(len(_DOMAINS)):
        domain = _DOMAINS[(os.getpid() + offset) % len(_DOMAINS)]
        claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            claim.bind(("127.0.0.1", _FIRST_PORT + _PORTS_PER_DOMAIN * domain))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return domain
    raise ConfigError(
        f"all {len(_DOMAINS)} ROS domains are claimed: end other graphs, or set ROS_DOMAIN_ID"
    )

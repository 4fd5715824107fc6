"""Graphs side by side get domains of their own."""

import subprocess
import sys

from vla_ros.ros.domain import claim_domain

CLAIM = "from vla_ros.ros.domain import claim_domain; print(claim_domain(), claim_domain())"


def test_nobody_gets_a_domain_that_is_in_use():
    ours = {claim_domain(), claim_domain()}
    command = [sys.executable, "-c", CLAIM]
    theirs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
    claimed = [{int(word) for word in run.stdout.split()} for run in theirs]
    assert all(len(pair) == 2 and not pair & ours for pair in claimed)
    assert ours | claimed[0] | claimed[1] <= set(range(1, 102))

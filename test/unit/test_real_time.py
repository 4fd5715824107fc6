"""Real-time scheduling of a process."""

import errno
import json
import os
import subprocess
import sys

from vla_ros.ros import machine_check, real_time

PROGRAM = """
import json, os, threading
from vla_ros.ros.real_time import take_precedence
ended = threading.Event()
before = threading.Thread(target=ended.wait)
before.start()
refused = take_precedence(7)
after = threading.Thread(target=ended.wait)
after.start()
threads = [int(name) for name in os.listdir("/proc/self/task")]
found = [[os.sched_getscheduler(t), os.sched_getparam(t).sched_priority] for t in threads]
ended.set()
print(json.dumps([refused, found]))
"""


def test_every_thread_takes_precedence_or_the_reason_is_said():
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout
    refused, found = json.loads(output)
    assert len(found) >= 3
    granted = [os.SCHED_FIFO, 7]
    if refused is None:
        assert all(thread == granted for thread in found)
    else:
        assert refused.startswith("no real-time priority 7")
        assert granted not in found


def test_a_refusal_is_said(monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    reason = "no real-time priority 50: Operation not permitted"
    assert real_time.take_precedence(50) == reason
    assert real_time.may_take_precedence(50) == reason
    finding = machine_check.check_real_time()
    assert (finding.verdict, finding.remedy) == ("note", real_time.REMEDY)


def test_trying_changes_nothing():
    before = os.sched_getscheduler(0)
    refused = real_time.may_take_precedence(7)
    assert os.sched_getscheduler(0) == before
    assert machine_check.check_real_time().verdict == ("ok" if refused is None else "note")


def test_a_thread_that_has_ended_is_passed_over(monkeypatch):
    def gone(*_):
        raise ProcessLookupError

    monkeypatch.setattr(os, "sched_setscheduler", gone)
    assert real_time.take_precedence(50) is None


def test_where_there_is_no_such_scheduling_that_is_said(monkeypatch):
    monkeypatch.delattr(os, "sched_setscheduler", raising=False)
    assert real_time.take_precedence(50) == "only Linux has real-time priorities"
    assert real_time.may_take_precedence(50) == "only Linux has real-time priorities"

"""An open question and its answer, between the one who waits and those who hear people."""

from __future__ import annotations

import threading


class Conversation:
    """At most one question is open at a time; every method may be called from any thread."""

    def __init__(self) -> None:
        """Begin with no question."""
        self._lock = threading.Lock()
        self._question = ""
        self._reply: str | None = None

    @property
    def question(self) -> str:
        """The question that waits for an answer, or ""."""
        with self._lock:
            return self._question

    def begin(self, question: str) -> None:
        """Open a question; what was said before it is no answer to it."""
        with self._lock:
            self._question, self._reply = question, None

    def offer(self, text: str) -> bool:
        """Give an answer; the newest counts. False where no question is open."""
        with self._lock:
            if not self._question:
                return False
            self._reply = text
            return True

    def take(self) -> str | None:
        """Return the answer and forget it, or None while there is none."""
        with self._lock:
            reply, self._reply = self._reply, None
            return reply

    def end(self) -> None:
        """Close the question."""
        with self._lock:
            self._question, self._reply = "", None

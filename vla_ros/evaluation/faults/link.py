"""A TCP path on this machine that can be cut, as the network to another machine can be."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum
from typing import Any

_HOST = "127.0.0.1"
_PIECE_BYTES = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Cut(Enum):
    """A way in which a network drops."""

    REFUSED = "refused"
    """Connections are reset, and new ones refused."""
    SILENT = "silent"
    """Packets vanish: what is connected hears nothing more, and nothing can be connected."""


class Link:
    """Forwards connections to a port of this machine, until it is cut.

    Attributes:
        port: Where to connect to instead.
    """

    def __init__(self, to_port: int) -> None:
        """Open it, on a thread of its own."""
        self._to_port = to_port
        self._reserve = _bound(0)  # never listens: it keeps the port ours while nothing else does
        self.port: int = self._reserve.getsockname()[1]
        self._ends: set[asyncio.StreamWriter] = set()
        self._deaf: tuple[socket.socket, ...] = ()
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self.restore()

    def cut(self, way: Cut) -> None:
        """Cut it."""
        self._do(self._cut(way))

    def restore(self) -> None:
        """Mend it; what was cut silently and is still connected goes on."""
        self._do(self._restore())

    def close(self) -> None:
        """End it."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._reserve.close()

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result()

    async def _restore(self) -> None:
        self._hear_again()
        if self._server is None:
            listening = _bound(self.port)
            self._server = await asyncio.start_server(self._forward, sock=listening)
        self._flows.set()

    async def _cut(self, way: Cut) -> None:
        self._hear_again()
        if self._server is not None:
            self._server.close()
            self._server = None
        if way is Cut.SILENT:
            self._flows.clear()
            self._deaf = _deaf(self.port)
            return
        self._flows.set()
        for end in self._ends:
            with suppress(OSError):  # it has ended by itself
                end.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
                )
            end.transport.abort()

    async def _end(self) -> None:
        await self._cut(Cut.REFUSED)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*left, return_exceptions=True)

    def _hear_again(self) -> None:
        for held in self._deaf:
            held.close()
        self._deaf = ()

    async def _forward(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        ends = {near}
        self._ends.add(near)
        try:
            far_reader, far = await asyncio.open_connection(_HOST, self._to_port)
            ends.add(far)
            if near.transport.is_closing():
                return  # it was cut meanwhile
            self._ends.add(far)
            await asyncio.gather(self._pump(reader, far), self._pump(far_reader, near))
        except OSError:
            return  # one of them has gone, or it was cut
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE_BYTES):
            await self._flows.wait()
            writer.write(piece)
            await writer.drain()
        await self._flows.wait()
        writer.write_eof()


def _bound(port: int) -> socket.socket:
    """Return a socket on a port that several may share, so that one can keep it for others."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((_HOST, port))
    return bound


def _deaf(port: int) -> tuple[socket.socket, ...]:
    """Return sockets that make a port drop what would connect to it: its queue is full (Linux)."""
    listening, filling = _bound(port), socket.socket()
    listening.listen(0)
    filling.connect((_HOST, port))
    return listening, filling

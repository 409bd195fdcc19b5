"""A bad mobile line: a proxy on this machine that carries so many bytes a second and cuts a share of all requests."""

import asyncio
import random
import threading
from types import TracebackType
from typing import Self

PIECE = 4_096
CUT_WITHIN = 65_536  # a request that is cut breaks off somewhere in its first bytes, or loses its reply


class BadLine:
    """Carries HTTP to a port of this machine; `rate` in bytes a second for all connections together, each way."""

    def __init__(self, port: int, *, rate: int, loss: float, seed: int = 1) -> None:
        self._target, self._rate, self._loss = port, rate, loss
        self._random = random.Random(seed)
        self._free = {"up": 0.0, "down": 0.0}  # when each direction can take the next piece
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.up = self.requests = self.cut = 0
        self.port = 0
        self.whole = True  # carry all at once and cut nothing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._connected, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _connected(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [self._upwards(phone, to_server), self._carry("down", server, to_phone)]
        _, pending = await asyncio.wait(map(asyncio.ensure_future, ways), return_when=asyncio.FIRST_COMPLETED)
        for way in pending:
            way.cancel()
        for writer in (to_server, to_phone):
            writer.transport.abort()

    async def _upwards(self, phone: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        """Requests, one after the other. One that is to be cut ends the connection after some of its bytes."""
        left: int | None = None
        while piece := await phone.read(PIECE):
            if piece.startswith((b"GET ", b"POST ", b"PATCH ", b"HEAD ", b"DELETE ")):
                self.requests += 1
                left = None
                if not self.whole and self._random.random() < self._loss:
                    left = self._random.randrange(CUT_WITHIN)
                    self.cut += 1
            self.up += len(piece)
            await self._wait("up", len(piece))
            if left is not None:
                left -= len(piece)
                if left <= 0 or len(piece) < PIECE:  # in the middle, or before the reply
                    to_server.write(piece)
                    return
            to_server.write(piece)
            await to_server.drain()

    async def _carry(self, way: str, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(PIECE):
            await self._wait(way, len(piece))
            target.write(piece)
            await target.drain()

    async def _wait(self, way: str, size: int) -> None:
        if self.whole:
            return
        now = self._loop.time()
        self._free[way] = max(now, self._free[way]) + size / self._rate
        await asyncio.sleep(self._free[way] - now)

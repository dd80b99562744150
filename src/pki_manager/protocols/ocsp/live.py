"""Live answers between the event loop and the threads that sign: what comes at once is answered together.

A request that comes while nobody is at it is a round of its own. What comes meanwhile is the next round: one thread for
all, so that the interpreter changes threads twice a round and not several times an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol

from pki_manager.x509.ocsp_request import OcspRequest

_THREADS = 16


class LiveResponder(Protocol):
    """Signs on the spot. Its methods block, and are called from several threads."""

    def answer_together(self, requests: Sequence[OcspRequest]) -> Sequence[bytes | Exception | None]:
        """For each what `answer` gives or raises; None for what would hold up the others: `answer` is asked for it.

        What is raised is everybody's.
        """
        ...

    def answer(self, request: OcspRequest) -> bytes:
        """A signed OCSPResponse (DER) for a request whose CertIDs all name one published issuer key.

        PartUnavailable where database or key backend is away.
        """
        ...


class _Asked(NamedTuple):
    request: OcspRequest
    answer: asyncio.Future[bytes | None]


class LiveRounds:
    """All methods belong to the event loop's thread."""

    def __init__(self, live: LiveResponder) -> None:
        self._live = live
        self._round = ThreadPoolExecutor(1, thread_name_prefix="ocsp-live")
        self._alone = ThreadPoolExecutor(_THREADS, thread_name_prefix="ocsp-live-alone")
        self._waiting: list[_Asked] = []
        self._is_busy = False

    def close(self) -> None:
        """Let go of the threads; answers under way still come."""
        self._round.shutdown(wait=False)
        self._alone.shutdown(wait=False)

    async def answer(self, request: OcspRequest) -> bytes:
        """What the live responder gives or raises."""
        loop = asyncio.get_running_loop()
        asked = _Asked(request, loop.create_future())
        self._waiting.append(asked)
        if not self._is_busy:
            self._begin()
        answer = await asked.answer
        return await loop.run_in_executor(self._alone, self._live.answer, request) if answer is None else answer

    def _begin(self) -> None:
        round_of, self._waiting = self._waiting, []
        requests = [asked.request for asked in round_of]
        try:
            work = asyncio.get_running_loop().run_in_executor(self._round, self._live.answer_together, requests)
        except RuntimeError as closed:
            _tell(round_of, [closed] * len(round_of))
            return
        self._is_busy = True
        work.add_done_callback(partial(self._end, round_of))

    def _end(self, round_of: Sequence[_Asked], work: asyncio.Future[Sequence[bytes | Exception | None]]) -> None:
        self._is_busy = False
        if self._waiting:
            self._begin()
        failure = work.exception()
        _tell(round_of, work.result() if failure is None else [failure] * len(round_of))


def _tell(round_of: Sequence[_Asked], answers: Sequence[bytes | BaseException | None]) -> None:
    for asked, answer in zip(round_of, answers, strict=True):
        if asked.answer.done():  # the client went away
            continue
        if isinstance(answer, BaseException):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)

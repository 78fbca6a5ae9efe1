"""Up to where each partition has been done, when messages are done in any order. Pure; used by one thread at a time."""

from __future__ import annotations

from collections import deque

Partition = tuple[str, int]
"""(topic, number)"""


class Offsets:
    """Messages come in the order of their offsets; what may be committed is the end of the unbroken done part."""

    def __init__(self) -> None:
        self._open: dict[Partition, deque[int]] = {}
        self._done: dict[Partition, set[int]] = {}
        self._next: dict[Partition, int] = {}
        self._committed: dict[Partition, int] = {}

    def received(self, partition: Partition, offset: int) -> None:
        """A message arrived."""
        self._open.setdefault(partition, deque()).append(offset)
        self._next[partition] = offset + 1

    def done(self, partition: Partition, offset: int) -> None:
        """A message needs nothing more; one of a partition that was given away since is ignored."""
        waiting = self._open.get(partition)
        if not waiting:
            return
        finished = self._done.setdefault(partition, set())
        finished.add(offset)
        while waiting and waiting[0] in finished:
            finished.discard(waiting.popleft())

    def committable(self) -> dict[Partition, int]:
        """For each partition where that has moved: the offset at which another consumer would go on."""
        reached = {
            partition: waiting[0] if waiting else self._next[partition] for partition, waiting in self._open.items()
        }
        return {partition: at for partition, at in reached.items() if self._committed.get(partition) != at}

    def committed(self, offsets: dict[Partition, int]) -> None:
        """These have been committed."""
        for partition, at in offsets.items():
            if partition in self._open:
                self._committed[partition] = at

    def refused(self, partition: Partition) -> None:
        """What was last committed of it did not arrive."""
        self._committed.pop(partition, None)

    def drop(self, partition: Partition) -> None:
        """The partition is no longer ours."""
        for known in (self._open, self._done, self._next, self._committed):
            known.pop(partition, None)

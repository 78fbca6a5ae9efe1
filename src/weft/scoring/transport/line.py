"""Tasks that messages named, in the order in which they came; those of crowded kinds stand aside meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import islice

from weft.scoring.transport.intake import Received

# Some hundred bytes each. Those that do not fit stay in the ledger, published, for whoever has time for them.
_MOST_ASIDE = 20_000


class Message:
    """A message under way: its tasks that have not been claimed yet, and those that have not been settled."""

    __slots__ = ("held", "received", "unclaimed")

    def __init__(self, received: Received, task_ids: Collection[str]) -> None:
        self.received = received
        self.unclaimed = set(task_ids)
        self.held: set[str] = set()

    @property
    def done(self) -> bool:
        """Whether it needs nothing more."""
        return not (self.unclaimed or self.held)


Place = tuple[str, Message]


class Line:
    """Places in the line: tasks to claim, each with its message. Used by one thread."""

    def __init__(self) -> None:
        self._places: deque[Place] = deque()
        self._aside: dict[str, deque[Place]] = {}
        self._count_aside = 0

    def __len__(self) -> int:
        return len(self._places)

    def join(self, message: Message) -> None:
        """Put the tasks of a message at the end."""
        self._places.extend((task_id, message) for task_id in message.unclaimed)

    def first(self, count: int) -> list[Place]:
        """Up to that many from the front, which keep their places."""
        return list(islice(self._places, count))

    def leave(self, count: int) -> None:
        """The first ones are out of the line."""
        for _ in range(count):
            self._places.popleft()

    def stand_aside(self, kind: str, place: Place) -> bool:
        """Keep it until its kind is called back; False when there are too many already."""
        if self._count_aside >= _MOST_ASIDE:
            return False
        self._aside.setdefault(kind, deque()).append(place)
        self._count_aside += 1
        return True

    def call_back(self, but: Collection[str]) -> None:
        """Put those that stood aside at the front again, but for these kinds."""
        for kind in [kind for kind in self._aside if kind not in but]:
            places = self._aside.pop(kind)
            self._count_aside -= len(places)
            self._places.extendleft(reversed(places))

"""Who asks and where: users, roles and projects as plain values. Storing them is storage's job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """What a user may do in a project; each role includes the ones below it."""

    viewer = 1
    annotator = 2
    member = 3
    admin = 4


@dataclass(frozen=True, slots=True)
class Project:
    """A project; `id` is the internal id that stored refs and rows carry (no slash in it)."""

    id: str
    entity: str
    name: str

    @property
    def external(self) -> str:
        """The name clients use: `entity/project`."""
        return f"{self.entity}/{self.name}"


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated user; `id` is what rows keep as `wb_user_id`."""

    id: str
    username: str

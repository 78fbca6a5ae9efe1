"""Writes an export into this server's stores, through the one writer of each table; ids and times stay what they are.

Everything that can be refused is refused before anything is written. A killed import goes on behind its last whole
part; a part that was half in is written again, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial

from weft.core import jsontext
from weft.core.digest import bytes_digest
from weft.core.errors import InvalidRequest
from weft.core.identity import Project
from weft.services import Services
from weft.storage.entities.project_rows import ProjectRows, moved_tables
from weft.storage.events.project_rows import MOVED, EventRows
from weft.transfer.event_writers import EventWriters
from weft.transfer.folder import Folder, Manifest
from weft.transfer.format import EVENT_COLUMNS, JSON_COLUMNS, USER_COLUMNS
from weft.transfer.ref_names import inward
from weft.transfer.source import Row, Watch

_NOTE = "import-progress"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    project: str
    renamed: bool
    counts: dict[str, int]


def import_project(services: Services, folder: Folder, name: str | None, merge: bool, watch: Watch) -> Imported:
    """Write the folder's project into the stores, under its own name or another `entity/project`.

    With `merge` also into a project that has something; what is there under the same key is replaced. Raises
    InvalidRequest for a folder that is not a whole export, for a project that has something and for ids that another
    project of this server has.
    """
    manifest = _finished(folder)
    target = _project(services, name or manifest.project)
    _check_parts(folder, manifest)
    note = {"target": target.external, "data": str(services.settings.data)}
    noted = folder.progress(_NOTE)
    empty = _is_empty(services, target.id)
    resumed = not empty and {key: noted.get(key) for key in note} == note
    if not (empty or resumed or merge):
        raise InvalidRequest(
            f"Project {target.external} has data here: give another name, or --merge to import into it"
        )
    work = _Import(services, folder, manifest.project, target, watch)
    work.check()
    services.stores.projects.ensure(target.entity, target.name)
    done = noted.get("done")
    work.done = set(map(str, done)) if resumed and isinstance(done, list) else set()
    work.run(lambda: folder.save_progress(_NOTE, {**note, "done": sorted(work.done)}))
    folder.drop_progress(_NOTE)
    return Imported(target.external, target.external != manifest.project, manifest.counts)


def _finished(folder: Folder) -> Manifest:
    manifest = folder.manifest()
    if manifest is None:
        raise InvalidRequest(f"{folder.root} holds no export: it has no manifest.json")
    if manifest.finished_at is None:
        raise InvalidRequest(f"The export in {folder.root} is not finished: run the same `weft export` again")
    return manifest


def _project(services: Services, name: str) -> Project:
    entity, _, project = name.partition("/")
    if not entity or not project or "/" in project:
        raise InvalidRequest(f"A project is named entity/project, not {name[:200]!r}")
    return Project(services.stores.projects.future_id(entity, project), entity, project)


def _check_parts(folder: Folder, manifest: Manifest) -> None:
    for table in EVENT_COLUMNS:
        found = sum(folder.count_part(table, name) for name in folder.parts(table))
        _check_count(manifest, f"events/{table}", found)
    _check_count(manifest, "blobs", len(folder.blobs()))


def _check_count(manifest: Manifest, part: str, found: int) -> None:
    wanted = manifest.counts.get(part, 0)
    if found != wanted:
        raise InvalidRequest(f"{part} has {found}, not {wanted} as manifest.json says: the folder is not complete")


def _is_empty(services: Services, project_id: str) -> bool:
    events = EventRows(services.engine)
    return ProjectRows(services.database).is_empty(project_id) and not any(
        events.count(table, project_id) for table in MOVED
    )


class _Import:
    """The work; `done` are the steps that are in the stores."""

    def __init__(self, services: Services, folder: Folder, source: str, target: Project, watch: Watch) -> None:
        self._stores = services.stores
        self._entities = ProjectRows(services.database)
        self._folder = folder
        self._target = target
        self._watch = watch
        self._writers = EventWriters(services.stores, target.id)
        self._users: dict[str, str] = {}
        self.done: set[str] = set()

        @cache
        def to_id(name: str) -> str | None:
            if name == source:
                return target.id
            known = services.stores.projects.find(*name.split("/", 1))
            return known.id if known is not None else None

        self._to_id = to_id

    def check(self) -> None:
        """Read all entities once: every line is sound, and no id is another project's."""
        for name in moved_tables():
            for rows in self._folder.read_lines(f"entities/{name}.jsonl"):
                if any(not isinstance(row.get("id", ""), str) for row in rows):
                    raise InvalidRequest(f"A row of entities/{name}.jsonl has an id that is no text")
                try:
                    taken = self._entities.taken(name, self._target.id, rows)
                except KeyError as error:
                    raise InvalidRequest(f"A row of entities/{name}.jsonl has no {error}") from error
                if taken is not None:
                    raise InvalidRequest(
                        f"{taken} in entities/{name}.jsonl belongs to another project of this server: "
                        "an id exists once in a server, so a project cannot be copied within one"
                    )

    def run(self, save: Callable[[], None]) -> None:
        """Do what is not done."""
        self._users = self._known_users()
        # What others refer to comes first, the work that a worker would take up comes last.
        steps: dict[str, Callable[[], None]] = {"blobs": self._blobs}
        for table in EVENT_COLUMNS:
            parts = self._folder.parts(table)
            steps |= {f"events/{table}/{part}": partial(self._part, table, part) for part in parts}
        steps |= {f"entities/{name}": partial(self._lines, name) for name in moved_tables()}
        for step, work in steps.items():
            if step not in self.done:
                work()
                self.done.add(step)
                save()

    def _known_users(self) -> dict[str, str]:
        """The ids here of the users that have a name in the folder."""
        users: dict[str, str] = {}
        for rows in self._folder.read_lines("users.jsonl"):
            for row in rows:
                if isinstance(row.get("id"), str) and isinstance(row.get("username"), str):
                    known = self._stores.keys.ensure_user(row["username"])
                    users |= {row["id"]: known.id} if known is not None else {}
        return users

    def _blobs(self) -> None:
        digests = self._folder.blobs()
        self._watch.begin("blobs", len(digests))
        for digest in digests:
            content = self._folder.read_blob(digest)
            if bytes_digest(content) != digest:
                raise InvalidRequest(f"The file {digest} in blobs/ does not hold what its name says")
            self._stores.files.put(self._target.id, digest, content)
            self._watch.advance(1)

    def _part(self, table: str, part: str) -> None:
        self._watch.begin(f"events/{table}/{part}", self._folder.count_part(table, part))
        for rows in self._folder.read_part(table, part):
            try:
                self._check_json(table, rows)
                self._writers.write(table, [self._incoming(row) for row in rows])
            except (ValueError, TypeError, KeyError) as error:
                raise InvalidRequest(f"events/{table}/{part} has a row that is none of {table}: {error}") from error
            self._watch.advance(len(rows))

    def _lines(self, name: str) -> None:
        self._watch.begin(f"entities/{name}", None)
        for rows in self._folder.read_lines(f"entities/{name}.jsonl"):
            try:
                self._entities.write(name, self._target.id, [_released(name, self._incoming(row)) for row in rows])
            except (ValueError, TypeError, KeyError) as error:
                raise InvalidRequest(f"entities/{name}.jsonl has a row that is none of {name}: {error}") from error
            self._watch.advance(len(rows))

    def _incoming(self, row: Row) -> Row:
        row = inward(row, self._to_id)
        for name in USER_COLUMNS:
            if row.get(name) in self._users:
                row[name] = self._users[row[name]]
        return row

    @staticmethod
    def _check_json(table: str, rows: Iterable[Row]) -> None:
        for name in JSON_COLUMNS.get(table, ()):
            for row in rows:
                if not isinstance(row[name], str):
                    raise ValueError(f"{name} is null")
                jsontext.loads(row[name])


def _released(table: str, row: Row) -> Row:
    """The row without what somebody held on the server it came from; work that was going on there is queued here."""
    if table == "annotation_queue_items":
        return {**row, "held_by": "", "held_until": None}
    if table != "scoring_tasks":
        return row
    queued = {"state": "queued", "next_attempt_at": row["updated_at"]} if row["state"] == "running" else {}
    return {**row, **queued, "lease_owner": None, "lease_until": None}

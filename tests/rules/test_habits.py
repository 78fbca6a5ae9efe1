"""What is not written here: broad excepts, postponed work, reads of the environment, SQL outside storage."""

from __future__ import annotations

import ast
import re

from tests.rules.sources import PACKAGE, ROOT, own_python_files, package_files, shown, texts, tree

# The doors, where what nobody foresaw is logged and answered: a request, a scoring task, a sweep, a group of waiting
# writers, code of users.
BROAD_EXCEPTS = {
    "src/weft/api/errors.py",
    "src/weft/domain/retention.py",
    "src/weft/scoring/ended_calls.py",
    "src/weft/scoring/runner/child/running.py",
    "src/weft/scoring/transport/intake.py",
    "src/weft/scoring/transport/relay.py",
    "src/weft/scoring/worker.py",
    "src/weft/storage/events/group_commit.py",
}
# The demo is a client: its program configures the SDK by variables, as users do, and it starts a server with some.
ENVIRONMENT_READERS = {"src/weft/settings.py", "src/weft/demo/evaluation.py", "src/weft/demo/server.py"}
POSTPONED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail)\(")
SQL = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE \S+ SET|DELETE FROM|CREATE (TABLE|INDEX)|ALTER TABLE|WITH \w+ AS)\b")
HOLDS_SOMETHING_OPEN = re.compile(
    r"(Store|Engine|Client|Worker|Database|Pool|Services|Settings|Commit|Thread|Executor|Server|create_engine)$"
)


def test_broad_excepts_stand_at_the_doors_only() -> None:
    broad = {
        shown(path)
        for path in package_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _names(node.type) & {"", "Exception", "BaseException"}
    }
    assert broad - BROAD_EXCEPTS == set()


def test_nothing_is_postponed_or_skipped() -> None:
    here = {"tests/rules/test_habits.py"}
    found = [
        f"{shown(path)}:{number} {line.strip()}"
        for path in own_python_files()
        if shown(path) not in here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if POSTPONED.search(line)
    ]
    assert found == []


def test_only_settings_reads_the_environment() -> None:
    readers = {shown(path) for path in package_files() if any(map(_reads_environment, ast.walk(tree(path))))}
    assert readers - ENVIRONMENT_READERS == set()


def test_sql_is_written_in_storage_only() -> None:
    storage = PACKAGE / "storage"
    found = [
        f"{shown(path)}:{line}"
        for path in package_files()
        if storage not in path.parents
        for line, text in texts(path)
        if SQL.match(text)
    ]
    assert found == []


def test_nothing_that_holds_something_open_is_made_at_import() -> None:
    made = [
        f"{shown(path)}:{node.lineno} {ast.unparse(node.value)[:80]}"
        for path in package_files()
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and node.value is not None
        for call in ast.walk(node.value)
        if isinstance(call, ast.Call) and HOLDS_SOMETHING_OPEN.search(ast.unparse(call.func))
    ]
    assert made == []


def test_sources_carry_no_path_of_one_machine() -> None:
    tracked = [*own_python_files(), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"]
    machine = re.compile(r"/(?:work|root|home|Users)/[\w.-]+/")
    found = [shown(path) for path in tracked if machine.search(path.read_text(encoding="utf-8"))]
    assert found == []


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {""}
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {ast.unparse(part).rpartition(".")[2] for part in parts}


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and bool({alias.name for alias in node.names} & {"environ", "getenv"})
    return isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv")

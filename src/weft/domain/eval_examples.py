"""The examples that trials are about, with refs of dataset rows replaced by the rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.domain.eval_trials import Trial, row_ref_of
from weft.storage.stores import Stores


class Examples:
    """Dataset rows that the examples of some trials point at, read together; rows of other projects stay refs."""

    def __init__(self, stores: Stores, project: Project, trials: Iterable[Trial]) -> None:
        refs = {ref.edges[1].value for trial in trials if (ref := row_ref_of(trial.example))}
        self._project_id = project.id
        texts = stores.tables.rows(project.id, sorted(refs)) if refs else {}
        self._rows = {digest: jsontext.loads(text) for digest, text in texts.items()}

    def resolve(self, example: Any) -> Any:
        """The row an example points at, or the example itself."""
        ref = row_ref_of(example)
        if ref is None or ref.project != self._project_id:
            return example
        return self._rows.get(ref.edges[1].value, example)

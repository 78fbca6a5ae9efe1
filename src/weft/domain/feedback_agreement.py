"""How far two sources of feedback agree about the same calls. The coefficients are rater_agreement.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from weft.core import jsontext
from weft.core.clock import as_utc
from weft.core.errors import InvalidField
from weft.core.identity import Project
from weft.core.refs import CallRef, try_parse_ref
from weft.domain.estimates import LARGEST, wilson
from weft.domain.feedback_payloads import ANNOTATION, REACTION, RUNNABLE
from weft.domain.feedback_stats import YEARS, payload_path
from weft.domain.rater_agreement import Kappa, cohens_kappa, interval_alpha, nominal_alpha
from weft.schemas.feedback_statistics import (
    AgreementShare,
    AlphaRes,
    Disagreement,
    FeedbackAgreementReq,
    FeedbackAgreementRes,
    FeedbackSource,
    FeedbackWarning,
    KappaRes,
)
from weft.storage.events.feedback_pairs import ALONE, PairSelection, Source, count_pairs, refs_of_pairs
from weft.storage.stores import Stores

MOST_CATEGORIES = 30
MOST_PAIRS = 5000
_FEW = 30
_LISTED_PAIRS = 1000


def feedback_agreement(stores: Stores, project: Project, body: FeedbackAgreementReq) -> FeedbackAgreementRes:
    """The confusion of the two sources and what it amounts to; of several words on a call the newest counts.

    Raises InvalidRequest for fields that cannot be read and InvalidField for times the store cannot hold.
    """
    selection = _selection(project, body)
    found = count_pairs(stores.feedback.engine, selection, MOST_PAIRS + 1)
    both = [pair for pair in found if ALONE not in (pair.left, pair.right)]
    answer = FeedbackAgreementRes(
        n=0,
        only_left=sum(pair.count for pair in found if pair.left == ALONE),
        only_right=sum(pair.count for pair in found if pair.right == ALONE),
        scale="nominal",
        categories=[],
        confusion=[],
        agreement=None,
        kappa=None,
        weighted_kappa=None,
        alpha=None,
        disagreements=[],
        warnings=[],
    )
    counted = _Counted([_Said.of(pair.left, pair.right, pair.count, body) for pair in both[:MOST_PAIRS]])
    if len(both) > MOST_PAIRS:
        answer.warnings.append(_warning("pairs_omitted", f"Only the {MOST_PAIRS} most frequent pairs count"))
    counted.fill(answer, body)
    if body.disagreements:
        answer.disagreements = _disagreements(stores, selection, body, counted)
    return answer


def _selection(project: Project, body: FeedbackAgreementReq) -> PairSelection:
    start, end = (as_utc(moment) if moment else None for moment in (body.start, body.end))
    for moment in (start, end):
        if moment is not None and moment.year not in YEARS:
            raise InvalidField(f"start and end must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return PairSelection(project.id, _source(body.left), _source(body.right), start, end)


def _source(given: FeedbackSource) -> Source:
    path = given.field or _usual_field(given.feedback_type)
    return Source(given.feedback_type, payload_path(path), given.threshold, given.wb_user_id or "")


def _usual_field(feedback_type: str) -> str:
    if feedback_type.startswith(f"{ANNOTATION}."):
        return "value"
    if feedback_type == REACTION:
        return "detoned"
    return "output" if feedback_type.startswith(f"{RUNNABLE}.") else "value"


@dataclass(frozen=True, slots=True)
class _Said:
    """A pair as stored, and as it is compared."""

    raw: tuple[str, str]
    left: str
    right: str
    count: int

    @staticmethod
    def of(left: str, right: str, count: int, body: FeedbackAgreementReq) -> _Said:
        said, answered = _label(left), _label(right)
        return _Said((left, right), body.left.labels.get(said, said), body.right.labels.get(answered, answered), count)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The pairs, and the figures that follow from them."""

    pairs: Sequence[_Said]

    def fill(self, answer: FeedbackAgreementRes, body: FeedbackAgreementReq) -> None:
        """Write what the pairs amount to into the answer."""
        answer.n = sum(pair.count for pair in self.pairs)
        if answer.n == 0:
            answer.warnings.append(_warning("no_pairs", "No call has a word of both sources"))
            return
        same = sum(pair.count for pair in self.pairs if pair.left == pair.right)
        share = wilson(same / answer.n, answer.n, body.confidence)
        answer.agreement = AgreementShare(value=same / answer.n, low=share.low, high=share.high, method=share.method)
        if answer.n < _FEW:
            answer.warnings.append(_warning("few_pairs", f"Fewer than {_FEW} calls: the intervals are rough"))
        categories, numbers = self._categories()
        answer.scale = "ordinal" if numbers and len(categories) > 2 else "nominal"
        if len(categories) > MOST_CATEGORIES:
            self._too_many(answer, numbers)
            return
        table = [[0] * len(categories) for _ in categories]
        places = {label: place for place, label in enumerate(categories)}
        for pair in self.pairs:
            table[places[pair.left]][places[pair.right]] += pair.count
        answer.categories, answer.confusion = categories, table
        answer.kappa = _shown(cohens_kappa(table, "none", body.confidence), "cohen")
        if answer.kappa is None:
            answer.warnings.append(_warning("one_category", "Only one category was used: kappa is not defined"))
        if answer.scale == "ordinal":
            weighted = cohens_kappa(table, body.weights, body.confidence)
            answer.weighted_kappa = _shown(weighted, f"cohen_{body.weights}")
        answer.alpha = self._alpha(nominal_alpha(table), answer.scale == "ordinal")

    def _categories(self) -> tuple[list[str], bool]:
        """Every label, numbers by size and others by name, and whether all are numbers."""
        labels = {label for pair in self.pairs for label in (pair.left, pair.right)}
        numbers = {label: number for label in labels if (number := _number(label)) is not None}
        if len(numbers) == len(labels):
            return sorted(labels, key=lambda label: numbers[label]), True
        return sorted(labels), False

    def _too_many(self, answer: FeedbackAgreementRes, numbers: bool) -> None:
        if numbers:
            answer.scale = "continuous"
            answer.alpha = self._alpha(None, True)
            advice = "give a threshold for a kappa"
        else:
            advice = "rename some with `labels`"
        answer.warnings.append(_warning("too_many_categories", f"More than {MOST_CATEGORIES} categories: {advice}"))

    def _alpha(self, nominal: float | None, by_size: bool) -> AlphaRes | None:
        if by_size:
            pairs = [(_number(pair.left) or 0.0, _number(pair.right) or 0.0, pair.count) for pair in self.pairs]
            value = interval_alpha(pairs)
            return None if value is None else AlphaRes(value=value, level="interval")
        return None if nominal is None else AlphaRes(value=nominal, level="nominal")


def _disagreements(
    stores: Stores, selection: PairSelection, body: FeedbackAgreementReq, counted: _Counted
) -> list[Disagreement]:
    differing = {pair.raw: pair for pair in counted.pairs if pair.left != pair.right}
    labels = list(differing)[:_LISTED_PAIRS]
    if not labels:
        return []
    found = refs_of_pairs(stores.feedback.engine, selection, labels, body.disagreements)
    return [
        Disagreement(
            weave_ref=ref,
            call_id=target.id if isinstance(target := try_parse_ref(ref), CallRef) else None,
            left=differing[left, right].left,
            right=differing[left, right].right,
        )
        for ref, left, right in found
        if (left, right) in differing
    ]


def _label(raw: str) -> str:
    """A JSON text as a label: 1.0 and 1 are one, and a string is what it says."""
    try:
        value = jsontext.loads(raw)
    except ValueError:
        # Cut, so it is no JSON any more.
        return raw
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return raw


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def _shown(found: Kappa | None, method: str) -> KappaRes | None:
    if found is None:
        return None
    return KappaRes(
        value=found.value, low=found.low, high=found.high, standard_error=found.standard_error, method=method
    )


def _warning(code: str, message: str) -> FeedbackWarning:
    return FeedbackWarning(code=code, message=message)

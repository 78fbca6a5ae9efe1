"""What calls mean inside an evaluation: run, predict-and-score, prediction, score, and the names that tell them apart.

Reads one call at a time; writing them is evaluation_runs.py's, predictions.py's and scores.py's job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from weft.core import jsontext
from weft.core.errors import InvalidRequest, NotFound, TooLarge
from weft.core.refs import EXTERNAL, INTERNAL, ObjectRef, Ref, parse_ref, try_parse_ref
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

EVALUATE = "Evaluation.evaluate"
PREDICT_AND_SCORE = "Evaluation.predict_and_score"
SUMMARIZE = "Evaluation.summarize"
# The TypeScript SDK spells it its own way.
PREDICT_AND_SCORE_NAMES = frozenset({PREDICT_AND_SCORE, "Evaluation.predictAndScore"})
FLAG = "true"
MAX_DELETED = 1000


def object_of(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def inputs_of(call: Call) -> dict[str, Any]:
    """The inputs of a call."""
    return object_of(jsontext.loads(call.inputs))


def output_of(call: Call) -> Any:
    """The output of a call."""
    return jsontext.loads(call.output)


def attributes_of(call: Call) -> dict[str, Any]:
    """The attributes of a call."""
    return object_of(jsontext.loads(call.attributes))


def weave_attributes(call: Call) -> dict[str, Any]:
    """The `weave` block among a call's attributes, where evaluations keep their marks."""
    return object_of(attributes_of(call).get("weave"))


def op_title(op_name: str) -> str:
    """The name of a call's op, whether it is recorded as a ref or as bare text."""
    if op_name.startswith((INTERNAL, EXTERNAL)):
        ref = _lenient_ref(op_name)
        return ref.name if ref else op_name
    return op_name


def is_run(call: Call) -> bool:
    """Whether the call is the root of an evaluation, made by an SDK or through the API."""
    return op_title(call.op_name) == EVALUATE


def is_predict_and_score(call: Call) -> bool:
    """Whether the call pairs a prediction with its scores."""
    return op_title(call.op_name) in PREDICT_AND_SCORE_NAMES


def is_marked_as_score(attributes: dict[str, Any]) -> bool:
    """Whether attributes mark their call as a score, in the manner of the API or of the SDK's logger."""
    weave = object_of(attributes.get("weave"))
    return weave.get("score") == FLAG or object_of(attributes.get("_weave_eval_meta")).get("score") is True


def require_run(stores: Stores, project_id: str, run_id: str) -> Call:
    """The evaluation run of that id. Raises NotFound for anything else."""
    call = stores.calls.get(project_id, run_id)
    if call is None or not is_run(call):
        raise NotFound(f"Evaluation run {run_id} not found")
    return call


def require_prediction(stores: Stores, project_id: str, prediction_id: str) -> Call:
    """The prediction of that id. Raises NotFound for anything else."""
    call = stores.calls.get(project_id, prediction_id)
    if call is None or not is_prediction(stores, call):
        raise NotFound(f"Prediction {prediction_id} not found")
    return call


def require_score(stores: Stores, project_id: str, score_id: str) -> Call:
    """The score of that id. Raises NotFound for anything else."""
    call = stores.calls.get(project_id, score_id)
    if call is None or not is_score(stores, call):
        raise NotFound(f"Score {score_id} not found")
    return call


def is_prediction(stores: Stores, call: Call) -> bool:
    """Whether the call is flagged as a prediction, or is a predict-and-score child that is no score."""
    attributes = attributes_of(call)
    weave = object_of(attributes.get("weave"))
    if weave.get("prediction") == FLAG:
        return True
    if is_marked_as_score(attributes) or weave.get("kind") == "scorer":
        return False
    return pairing_of(stores, call) is not None


def is_score(stores: Stores, call: Call) -> bool:
    """Whether the call is flagged as a score, or is a predict-and-score child marked as one."""
    attributes = attributes_of(call)
    weave = object_of(attributes.get("weave"))
    if weave.get("score") == FLAG:
        return True
    marked = is_marked_as_score(attributes) or weave.get("kind") == "scorer"
    return marked and pairing_of(stores, call) is not None


def pairing_of(stores: Stores, call: Call) -> Call | None:
    """The predict-and-score call right above a call."""
    parent = stores.calls.get(call.project_id, call.parent_id) if call.parent_id else None
    return parent if parent is not None and is_predict_and_score(parent) else None


def run_id_of(stores: Stores, call: Call) -> str | None:
    """The run a prediction or score belongs to: as it says itself, else the one above its predict-and-score call."""
    named = weave_attributes(call).get("evaluation_run_id")
    if isinstance(named, str) and named:
        return named
    pairing = pairing_of(stores, call)
    return (pairing.parent_id or None) if pairing else None


def evaluation_ref_of(call: Call) -> str:
    """The evaluation of a run; TypeScript runs keep it in `this`."""
    inputs = inputs_of(call)
    return first_text(weave_attributes(call).get("evaluation"), inputs.get("self"), inputs.get("this"))


def model_ref_of(call: Call) -> str:
    """The model of a run."""
    return first_text(weave_attributes(call).get("model"), inputs_of(call).get("model"))


def status_of(run: Call) -> Literal["running", "failed", "completed"]:
    """Where a run stands."""
    if run.exception:
        return "failed"
    return "completed" if run.ended_at else "running"


def exception_words(exception: str) -> str:
    """An exception of a call as a sentence; SDKs store it as JSON."""
    try:
        told = object_of(jsontext.loads(exception))
    except ValueError:
        return exception
    kind, message = told.get("type"), told.get("message")
    if not isinstance(message, str):
        return exception
    return f"{kind}: {message}" if isinstance(kind, str) and kind else message


def first_text(*candidates: Any) -> str:
    """The first candidate that is a non-empty text, or an empty one."""
    return next((text for text in candidates if isinstance(text, str) and text), "")


def model_op_name(model: str) -> str:
    """The op a model's predictions belong to: of its own name, if its ref has one. Raises InvalidRequest."""
    if not model.startswith((INTERNAL, EXTERNAL)):
        return "Model.predict"
    ref = _parse_any_ref(model)
    return f"{ref.name}.predict" if isinstance(ref, ObjectRef) else "Model.predict"


def scorer_ref(scorer: str) -> ObjectRef:
    """The parts of a scorer's ref. Raises InvalidRequest for what is no ref of an object or op."""
    ref = _parse_any_ref(scorer)
    if not isinstance(ref, ObjectRef):
        raise InvalidRequest(f"Invalid scorer: {scorer[:200]!r} is not a ref of an object or op")
    return ref


def scorer_op_name(ref: ObjectRef) -> str:
    """The op a scorer's calls belong to."""
    return f"{ref.name}.score"


def scorer_key(scorer: Any) -> str:
    """The name a scorer's values are kept under."""
    ref = _lenient_ref(scorer) if isinstance(scorer, str) else None
    return ref.name if isinstance(ref, ObjectRef) else "unknown"


def with_output(call: Call, output: Any) -> Call:
    """The call with another output."""
    return replace(call, output=jsontext.dumps_finite(output))


def existing_of_kind(stores: Stores, project_id: str, call_ids: Sequence[str], kind: str) -> dict[str, Call]:
    """The calls among the ids, all of them of one kind (`run`, `prediction` or `score`).

    Raises NotFound when an id names a call of another kind and TooLarge for too many ids.
    """
    if len(call_ids) > MAX_DELETED:
        raise TooLarge(f"Request too large: at most {MAX_DELETED} can be deleted at once")
    found = stores.calls.get_many(project_id, call_ids)
    for call in found.values():
        matches = is_run(call) if kind == "run" else (is_prediction if kind == "prediction" else is_score)(stores, call)
        if not matches:
            raise NotFound(f"{call.id} is not a {kind}")
    return found


def _parse_any_ref(uri: str) -> Ref:
    # A ref of a project that only exists elsewhere keeps its outside form; its tail has the same grammar.
    return parse_ref(_as_stored(uri))


def _lenient_ref(uri: str) -> ObjectRef | None:
    ref = try_parse_ref(_as_stored(uri))
    return ref if isinstance(ref, ObjectRef) else None


def _as_stored(uri: str) -> str:
    if not uri.startswith(EXTERNAL):
        return uri
    parts = uri.removeprefix(EXTERNAL).split("/", 2)
    return f"{INTERNAL}elsewhere/{parts[2]}" if len(parts) == 3 else uri

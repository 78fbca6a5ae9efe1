#!/usr/bin/env bash
# The evaluation loop with nothing but curl: a run with a prediction and a score, feedback, asynchronous scoring, results.
#
#   examples/curl.sh [http://127.0.0.1:6345] [entity/project]       KEY=… where API keys are needed
set -euo pipefail
server=${1:-http://127.0.0.1:6345}
project=${2:-curl/example}

post() { curl --silent --show-error --fail-with-body --user "api:${KEY:-any}" "$server$1" --json "$2"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

echo "1. What is evaluated, and with what"
dataset=$(post "/v2/$project/datasets" '{"name": "capitals", "rows": [{"country": "France", "capital": "Paris"}]}' | field digest)
scorer=$(post "/v2/$project/scorers" '{"name": "exact", "op_source_code": "import weave\n\n\n@weave.op\ndef score(output, capital):\n    return output == capital\n"}' | field scorer)
model=$(post "/v2/$project/models" '{"name": "atlas", "source_code": "import weave\n\n\n@weave.op\ndef predict(country):\n    return \"Paris\"\n"}' | field model_ref)
evaluation=$(post "/v2/$project/evaluations" "{\"name\": \"geography\", \"dataset\": \"weave:///$project/object/capitals:$dataset\", \"scorers\": [\"$scorer\"]}" | field evaluation_ref)

echo "2. A run: one prediction, one score"
run=$(post "/v2/$project/evaluation_runs" "{\"evaluation\": \"$evaluation\", \"model\": \"$model\"}" | field evaluation_run_id)
prediction=$(post "/v2/$project/predictions" "{\"model\": \"$model\", \"inputs\": {\"country\": \"France\", \"capital\": \"Paris\"}, \"output\": \"Paris\", \"evaluation_run_id\": \"$run\"}" | field prediction_id)
post "/v2/$project/scores" "{\"prediction_id\": \"$prediction\", \"scorer\": \"$scorer\", \"value\": true, \"evaluation_run_id\": \"$run\"}"; echo
post "/v2/$project/predictions/$prediction/finish" '{}'; echo
post "/v2/$project/evaluation_runs/$run/finish" '{}'; echo

echo "3. Feedback on the prediction"
post /feedback/create "{\"project_id\": \"$project\", \"weave_ref\": \"weave:///$project/call/$prediction\", \"feedback_type\": \"wandb.reaction.1\", \"payload\": {\"emoji\": \"👍\"}}"; echo

echo "4. The prediction is scored later, by a scorer the server can run itself"
valid=$(post /obj/create "{\"obj\": {\"project_id\": \"$project\", \"object_id\": \"valid-json\", \"val\": {\"_type\": \"ValidJSONScorer\", \"_class_name\": \"ValidJSONScorer\", \"_bases\": [\"Scorer\", \"Object\", \"BaseModel\"], \"name\": \"valid-json\", \"column_map\": null}}}" | field digest)
post /calls/score "{\"project_id\": \"$project\", \"call_ids\": [\"$prediction\"], \"scorer_refs\": [\"weave:///$project/object/valid-json:$valid\"]}"; echo
sleep 1
curl --silent --fail-with-body --user "api:${KEY:-any}" "$server/weft/v1/scoring/tasks?project_id=$project&call_id=$prediction"; echo

echo "5. The results of the run"
post "/v2/$project/eval_results/query" "{\"evaluation_run_ids\": [\"$run\"], \"include_summary\": true}"; echo

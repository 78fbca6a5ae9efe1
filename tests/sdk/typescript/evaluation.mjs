// `Evaluation` over a dataset with two scorers and trials, and `EvaluationLogger`, read back with the client.

import assert from 'node:assert/strict';
import * as weave from 'weave';
import { PROJECT, exactly, report } from './checking.mjs';

const client = await weave.init(PROJECT);
const called = (name) => ({ op_names: [`weave:///${PROJECT}/op/${name}:*`] });

const dataset = new weave.Dataset({
  name: 'sums',
  rows: [
    { left: 1, right: 2, sum: 3 },
    { left: 5, right: 5, sum: 10 },
    { left: 7, right: 0, sum: 8 },
  ],
});
const add = weave.op(async function add({ datasetRow }) {
  return datasetRow.left + datasetRow.right;
});
const correct = weave.op(function correct({ modelOutput, datasetRow }) {
  return modelOutput === datasetRow.sum;
});
const distance = weave.op(function distance({ modelOutput, datasetRow }) {
  return { absolute: Math.abs(modelOutput - datasetRow.sum) };
});
const evaluation = new weave.Evaluation({ name: 'addition', dataset, scorers: [correct, distance] });
const summary = await evaluation.evaluate({ model: add, nTrials: 2 });
assert.equal(summary.correct.true_count, 4);
assert.equal(summary.distance.absolute.mean, 1 / 3);

const logger = new weave.EvaluationLogger({ name: 'logged', dataset: 'by hand', model: { name: 'a model' } });
for (const number of [1, 2, 3]) {
  const prediction = logger.logPrediction({ number }, { doubled: number * 2 });
  prediction.logScore('even', number % 2 === 0);
  prediction.logScore('size', number / 2);
  prediction.finish();
}
await logger.logSummary({ note: 'done' });
await client.waitForBatchProcessing();

const roots = await exactly(2, client, called('Evaluation.evaluate'));
const [run, logged] = roots.sort((one, other) => one.started_at.localeCompare(other.started_at));
assert.equal(run.output.correct.true_count, 4);
// The root, and 6 times the pair, the prediction and two scores.
const calls = await exactly(25, client, { trace_ids: [run.trace_id] });
const scored = calls.filter((call) => call.op_name.includes('/op/correct:'));
assert.deepEqual(scored.map((call) => call.output).filter(Boolean).length, 4);
const loggedCalls = await exactly(14, client, { trace_ids: [logged.trace_id] });
assert.equal(loggedCalls.filter((call) => call.op_name.includes('/op/even')).length, 3);

report({ run: run.id, logged: logged.id, summary, output: logged.output });

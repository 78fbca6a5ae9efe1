// What the client reaches through its generated API: prices of models and the costs they make; and objects that the
// Python client has classes for (leaderboards, monitors), published and read as plain values.

import assert from 'node:assert/strict';
import * as weave from 'weave';
import { PROJECT, exactly, report } from './checking.mjs';

const client = await weave.init(PROJECT);
const api = client.traceServerApi;

const price = { prompt_token_cost: 0.001, completion_token_cost: 0.002 };
const made = await api.cost.costCreateCostCreatePost({ project_id: PROJECT, costs: { 'loom-1': price } });
const [[priceId, priced]] = made.data.ids;
assert.equal(priced, 'loom-1');
const query = { $expr: { $and: [{ $in: [{ $getField: 'llm_id' }, [{ $literal: 'loom-1' }]] }, { $eq: [{ $literal: '1' }, { $literal: '1' }] }] } };
const listed = await api.cost.costQueryCostQueryPost({ project_id: PROJECT, query });
assert.deepEqual(listed.data.results.map(({ id, prompt_token_cost }) => [id, prompt_token_cost]), [[priceId, 0.001]]);

const talk = weave.op(
  async function talk(text) {
    return { answer: text, usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } };
  },
  { summarize: (result) => ({ usage: { 'loom-1': { requests: 1, ...result.usage } } }) },
);
await talk('hello');
await client.waitForBatchProcessing();
const [call] = await exactly(1, client, { op_names: [`weave:///${PROJECT}/op/talk:*`] });
assert.equal(call.summary.usage['loom-1'].prompt_tokens, 10);
const answer = await api.calls.callsQueryStreamCallsStreamQueryPost(
  { project_id: PROJECT, filter: { call_ids: [call.id] }, include_costs: true },
  { format: 'text' },
);
const costs = JSON.parse(answer.data.trim()).summary.weave.costs['loom-1'];
assert.equal(costs.pricing_level, 'project');
assert.ok(Math.abs(costs.prompt_tokens_total_cost - 0.01) < 1e-9, JSON.stringify(costs));
assert.ok(Math.abs(costs.completion_tokens_total_cost - 0.01) < 1e-9, JSON.stringify(costs));

const purge = { $expr: { $in: [{ $getField: 'id' }, [{ $literal: priceId }]] } };
await api.cost.costPurgeCostPurgePost({ project_id: PROJECT, query: purge });
const left = await api.cost.costQueryCostQueryPost({ project_id: PROJECT, query });
assert.deepEqual(left.data.results, []);

const evaluation = `weave:///${PROJECT}/object/sums:abc`;
const column = { evaluation_object_ref: evaluation, scorer_name: 's', summary_metric_path: 'm.mean', should_minimize: true };
const classes = {
  Leaderboard: { name: 'Best', description: null, columns: [column] },
  Monitor: { name: 'lengths', description: null, sampling_rate: 0.5, scorers: [], op_names: [], query: null, active: false },
};
const stored = {};
for (const [name, val] of Object.entries(classes)) {
  // The server knows the fields of a leaderboard; of a monitor it knows what the value says of itself.
  const known = name === 'Leaderboard' ? { builtin_object_class: name } : {};
  const named = known.builtin_object_class ? val : { ...val, _type: name, _class_name: name, _bases: ['Object', 'BaseModel'] };
  const object = { project_id: PROJECT, object_id: name.toLowerCase(), val: named, ...known };
  const created = await api.obj.objCreateObjCreatePost({ obj: object });
  const read = await api.obj.objReadObjReadPost({
    project_id: PROJECT,
    object_id: name.toLowerCase(),
    digest: created.data.digest,
  });
  stored[name] = read.data.obj.base_object_class;
  // The server says of every part which class it is.
  const { columns, ...rest } = read.data.obj.val;
  for (const [key, value] of Object.entries(val)) if (key !== 'columns') assert.deepEqual(rest[key], value, `${name}.${key}`);
  for (const [key, value] of Object.entries(columns ? column : {})) assert.deepEqual(columns[0][key], value, key);
}

report({ call: call.id, stored });

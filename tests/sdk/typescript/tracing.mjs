// Ops of every shape (nested, async, streaming, failing, methods) and what their calls say when read back.

import assert from 'node:assert/strict';
import * as weave from 'weave';
import { PROJECT, eventually, exactly, report } from './checking.mjs';

const client = await weave.init(PROJECT);
const called = (name) => ({ op_names: [`weave:///${PROJECT}/op/${name}:*`] });

const square = weave.op(function square(number) {
  return number * number;
});

const sumOfSquares = weave.op(
  async function sumOfSquares(numbers) {
    const squares = await Promise.all(numbers.map((number) => square(number)));
    return squares.reduce((sum, each) => sum + each, 0);
  },
  { callDisplayName: (numbers) => `sum of ${numbers.length} squares` },
);

const spell = weave.op(
  async function* spell(word) {
    for (const letter of word) yield letter;
  },
  {
    streamReducer: { initialStateFn: () => '', reduceFn: (state, letter) => state + letter, finalizeFn: () => {} },
  },
);

const refuse = weave.op(async function refuse(reason) {
  throw new Error(`refused: ${reason}`);
});

const attempt = weave.op(async function attempt(reason) {
  await square(2);
  return refuse(reason);
});

const echo = weave.op((value) => value, { name: 'echo' });

class Loom {
  constructor(width) {
    this.width = width;
    this.weave = weave.op(this, this.weave, { name: 'Loom.weave' });
  }

  async weave(thread) {
    return thread.repeat(this.width);
  }
}

const value = {
  text: 'naïve — 日本語 🙂 \u2028 \u2029 \\ " \n end',
  numbers: [0, -1.5, 1e21, 2 ** 53 - 1],
  nothing: null,
  nested: { empty: {}, list: [[], [true, false]] },
};

assert.equal(await sumOfSquares([1, 2, 3]), 14);
let spelt = '';
for await (const letter of await spell('weft')) spelt += letter;
assert.equal(spelt, 'weft');
await assert.rejects(() => attempt('no reason'), /refused: no reason/);
await weave.withAttributes({ purpose: 'values', tags: ['a', 'b'] }, () => echo(value));
assert.equal(await new Loom(3).weave('ab'), 'ababab');
const [squared, squaredCall] = await square.invoke(12);
assert.equal(squared, 144);
await client.waitForBatchProcessing();

const [root] = await exactly(1, client, called('sumOfSquares'));
assert.equal(root.output, 14);
assert.deepEqual(root.inputs, { arg0: [1, 2, 3] });
assert.equal(root.display_name, 'sum of 3 squares');
assert.equal(root.attributes.weave.source, 'js-sdk');
const children = await exactly(3, client, { parent_ids: [root.id] });
assert.deepEqual(children.map((child) => child.output).sort(), [1, 4, 9]);
assert.ok(children.every((child) => child.trace_id === root.trace_id && child.ended_at));

const [stream] = await exactly(1, client, called('spell'));
assert.equal(stream.output, 'weft');

const [attempted] = await exactly(1, client, called('attempt'));
assert.match(attempted.exception, /refused: no reason/);
assert.equal(attempted.summary.weave.status, 'error');
const [refused] = await exactly(1, client, called('refuse'));
assert.equal(refused.parent_id, attempted.id);

const [echoed] = await exactly(1, client, called('echo'));
assert.deepEqual(echoed.inputs.arg0, value);
assert.deepEqual(echoed.output, value);
assert.equal(echoed.attributes.purpose, 'values');
assert.deepEqual(echoed.attributes.tags, ['a', 'b']);

const [woven] = await exactly(1, client, called('Loom.weave'));
assert.equal(woven.output, 'ababab');

await squaredCall.setDisplayName('a dozen squared');
const renamed = await eventually(async () => {
  const found = await client.getCall(squaredCall.id);
  return found.display_name === 'a dozen squared' && found;
});
assert.equal(renamed.output, 144);

const all = await client.getCalls();
assert.equal(all.length, 11);
assert.equal((await client.getCalls({ trace_roots_only: true })).length, 6);
assert.equal((await client.getCalls({}, false, 4)).length, 4);
let iterated = 0;
for await (const call of client.getCallsIterator({ trace_ids: [root.trace_id] })) iterated += call ? 1 : 0;
assert.equal(iterated, 4);

report({ root: root.id, calls: all.length });

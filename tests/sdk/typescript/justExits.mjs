// A program that never waits for the client: what it did has to arrive before the process is over.

import * as weave from 'weave';
import { PROJECT, report } from './checking.mjs';

await weave.init(PROJECT);

const step = weave.op(function step(number) {
  return number + 1;
});
const work = weave.op(async function work(count) {
  let sum = 0;
  for (let number = 0; number < count; number += 1) sum += await step(number);
  return sum;
});

for (let count = 1; count <= 10; count += 1) await work(count);
report({ calls: 65 });

// Objects, prompts, datasets and media: published, read back, and used in calls.

import assert from 'node:assert/strict';
import * as weave from 'weave';
import { PROJECT, exactly, report } from './checking.mjs';

const client = await weave.init(PROJECT);

// One black pixel; and half a second of silence, since the client names every sound `audio.wav`.
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const wav = Buffer.concat([
  Buffer.from('RIFF'),
  Buffer.from([0x24, 0x1f, 0, 0]),
  Buffer.from('WAVEfmt '),
  Buffer.from([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]),
  Buffer.from('data'),
  Buffer.from([0, 0x1f, 0, 0]),
  Buffer.alloc(7936),
]);

const plain = { name: 'plain', nested: { numbers: [1, 2.5, null] }, text: '日本語 🙂' };
// The client marks what it saved, so it gets a copy.
const plainRef = await client.publish({ ...plain }, 'plain');
assert.equal(plainRef.uri(), `weave:///${PROJECT}/object/plain:${plainRef.digest}`);
assert.deepEqual(await plainRef.get(), plain);
assert.deepEqual(await client.get(weave.ObjectRef.fromUri(plainRef.uri())), plain);
const again = await client.publish({ ...plain }, 'plain');
assert.equal(again.digest, plainRef.digest);
const changed = await client.publish({ ...plain, name: 'changed' }, 'plain');
assert.notEqual(changed.digest, plainRef.digest);
assert.equal((await client.get(new weave.ObjectRef(PROJECT, 'plain', 'latest'))).name, 'changed');

const prompt = new weave.StringPrompt({ name: 'greeting', content: 'You are a {role}.' });
const promptRef = await client.publish(prompt, 'greeting');
const loaded = await weave.StringPrompt.get(client, promptRef.uri());
assert.equal(loaded.format({ role: 'weaver' }), 'You are a weaver.');
const messages = [{ role: 'user', content: 'Hello {name}' }];
const dialogueRef = await client.publish(new weave.MessagesPrompt({ name: 'dialogue', messages }), 'dialogue');
const dialogue = await weave.MessagesPrompt.get(client, dialogueRef.uri());
assert.equal(dialogue.format({ name: 'Ada' })[0].content, 'Hello Ada');

const rows = Array.from({ length: 150 }, (_, number) => ({ number, text: `row ${number}` }));
const dataset = new weave.Dataset({ name: 'rows', description: 'one hundred and fifty', rows });
const datasetRef = await dataset.save();
const stored = await datasetRef.get();
assert.equal(stored.name, 'rows');
assert.equal(stored.length, 150);
assert.deepEqual(stored.getRow(120), rows[120]);

const look = weave.op(function look(picture, row) {
  return { copy: picture, sound: weave.weaveAudio({ data: wav }), number: row.number };
});
await look(weave.weaveImage({ data: png }), dataset.getRow(7));
const imageRef = await client.publish(weave.weaveImage({ data: png }), 'picture');
await client.waitForBatchProcessing();
const [call] = await exactly(1, client, { op_names: [`weave:///${PROJECT}/op/look:*`] });
assert.equal(call.output.number, 7);
assert.match(call.inputs.arg1, /\/object\/rows:\w+\/attr\/rows\/id\/\w+$/);

report({
  call: call.id,
  plain: plainRef.uri(),
  dataset: datasetRef.uri(),
  image: imageRef.uri(),
  files: { 'image.png': png.toString('base64'), 'audio.wav': wav.toString('base64') },
});

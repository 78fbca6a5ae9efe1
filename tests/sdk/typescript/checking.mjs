// What every program here needs besides `weave`: wait for a write to become readable, and print the results.

export const PROJECT = process.env.PROJECT;

/** The first answer of `look` that is there and is not an exception. The client sends in the background. */
export async function eventually(look, seconds = 15) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`nothing found within ${seconds} s: ${look}`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The calls of a filter as soon as they are that many. */
export async function exactly(count, client, filter) {
  let calls = [];
  return eventually(async () => {
    calls = await client.getCalls(filter);
    return calls.length === count && calls;
  }).catch((error) => {
    throw new Error(`expected ${count} calls, found: ${calls.map((call) => call.op_name).join(' ') || 'none'}`, { cause: error });
  });
}

export function report(results) {
  console.log(JSON.stringify(results));
}

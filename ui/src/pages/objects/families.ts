/** The families of objects as tabs, and what to write to get the first of each. Pure. */
import type { Family } from "@/api/objects";

export const FAMILIES: readonly { value: Family; label: string; path?: string; noun: string; code: string }[] = [
  { value: "dataset", label: "Datasets", path: "datasets", noun: "dataset", code: `weave.publish(weave.Dataset(name="questions", rows=[{"question": "2 + 2", "expected": "4"}]))` },
  { value: "model", label: "Models", path: "models", noun: "model", code: `class Greeter(weave.Model):
    greeting: str

    @weave.op
    def predict(self, name: str) -> str:
        return f"{self.greeting}, {name}"

weave.publish(Greeter(name="greeter", greeting="Hello"))` },
  { value: "prompt", label: "Prompts", path: "prompts", noun: "prompt", code: `weave.publish(weave.MessagesPrompt([{"role": "system", "content": "You are kind."}]), "kind-prompt")` },
  { value: "scorer", label: "Scorers", path: "scorers", noun: "scorer", code: `class Exact(weave.Scorer):
    @weave.op
    def score(self, output: str, expected: str) -> bool:
        return output == expected

weave.publish(Exact(name="exact"))` },
  { value: "evaluation", label: "Evaluations", noun: "evaluation", code: `weave.publish(weave.Evaluation(name="support", dataset=dataset, scorers=[exact]))` },
  { value: "op", label: "Ops", path: "ops", noun: "op", code: `@weave.op
def answer(question: str) -> str:
    return "42"

answer("What is six times seven?")` },
  { value: "other", label: "Other", noun: "other object", code: `weave.publish({"threshold": 0.7}, name="settings")` },
];

/** The family that an address means: its `kind`, else its last part (`weave/datasets`); undefined is everything. */
export function familyOf(kind: string, pathname: string): Family | undefined {
  const last = pathname.replace(/\/+$/, "").split("/").at(-1);
  return FAMILIES.find((family) => (kind === "" ? family.path === last : family.value === kind))?.value;
}

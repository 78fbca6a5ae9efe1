/** What a program needs to send its first trace here: the environment and three lines, in Python and in TypeScript. */
import { useState } from "react";
import { Segments } from "@/design/Tabs";
import { Code } from "./Code";
import styles from "./FirstSteps.module.css";

type Language = "python" | "typescript";

interface Props {
  /** "entity/name". */
  project: string;
  /** The key to put in, when it is known; else a placeholder. */
  apiKey?: string;
}

export function FirstSteps({ project, apiKey = "<your key>" }: Props) {
  const [language, setLanguage] = useState<Language>("python");
  return (
    <div className={styles["steps"]}>
      <Segments label="Language" value={language} onChange={setLanguage} choices={[{ value: "python", label: "Python" }, { value: "typescript", label: "TypeScript" }]} />
      <Step title="1. Tell the SDK where to send" text={environmentOf(language, apiKey, location.origin)} language="shell" />
      <Step title="2. Install it" text={language === "python" ? "pip install weave" : "npm install weave"} language="shell" />
      <Step title="3. Trace a function" text={programOf(language, project)} language={language} />
    </div>
  );
}

function Step({ title, text, language }: { title: string; text: string; language: string }) {
  return (
    <div className={styles["step"]}>
      <h3>{title}</h3>
      <Code text={text} language={language} />
    </div>
  );
}

/** The TypeScript SDK assumes https for WANDB_BASE_URL, so that it needs the whole address. Pure. */
export function environmentOf(language: Language, key: string, origin: string): string {
  return language === "python"
    ? `export WANDB_BASE_URL=${origin}\nexport WANDB_API_KEY=${key}`
    : `export WF_TRACE_SERVER_URL=${origin}\nexport WANDB_API_KEY=${key}`;
}

function programOf(language: Language, project: string): string {
  return language === "python"
    ? `import weave\n\nweave.init(${JSON.stringify(project)})\n\n@weave.op\ndef hello(name: str) -> str:\n    return f"Hello, {name}"\n\nhello("Weft")`
    : `import * as weave from "weave";\n\nawait weave.init(${JSON.stringify(project)});\nconst hello = weave.op(async function hello(name: string) { return \`Hello, \${name}\`; });\nawait hello("Weft");`;
}

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFields } from "../../datasets/read/row-value.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { MeasureOptions } from "./measure-options.ts";

/**
 * Notes in the directory what is measured, and refuses a directory that measured something else.
 *
 * @throws FellowshipError `directory_differs` naming the difference
 */
export async function refuseOtherPlan(evaluator: string, options: MeasureOptions): Promise<void> {
  const path = join(options.directory, "inputs", "plan.json");
  const plan = await planOf(evaluator, options);
  const before: unknown = await readFile(path, "utf8")
    .then(JSON.parse)
    .catch(() => null);
  if (isFields(before)) {
    const changed = Object.entries(plan).filter(([name, value]) => before[name] !== value);
    const [first] = changed;
    if (first !== undefined) {
      const names = changed.map(([name]) => name).join(", ");
      throw new FellowshipError(
        "directory_differs",
        `${options.directory} holds a measurement with other ${names}. Choose another --out, or ` +
          "--fresh to move it aside.",
        { facts: { path: options.directory, changed: names } },
      );
    }
  }
  await replaceFile(path, `${JSON.stringify(plan, null, 2)}\n`);
}

async function planOf(evaluator: string, options: MeasureOptions): Promise<Record<string, string>> {
  const { style, questions, measured, references, baseline, reading, limit } = options;
  const models: string[] = [];
  for (const one of measured) models.push("spec" in one ? one.spec : await hashOf(one.answers));
  return {
    style,
    evaluator,
    questions: `${await hashOf(questions)} ${JSON.stringify(reading ?? {})} ${limit ?? "all"}`,
    models: models.join(" "),
    references: await hashOf(references),
    baseline: await hashOf(baseline),
  };
}

async function hashOf(path: string | undefined): Promise<string> {
  if (path === undefined) return "none";
  const content = await readFile(path).catch(() => path);
  return createHash("sha256").update(content).digest("hex");
}

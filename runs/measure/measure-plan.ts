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
  const plan = await planOf(evaluator, options);
  const names = changedNames(plan, await planIn(options.directory));
  if (names.length > 0) {
    const words = names.map((name) => (name === "limit" ? "another --limit" : `other ${name}`));
    throw new FellowshipError(
      "directory_differs",
      `${options.directory} holds a measurement with ${words.join(", ")}. Choose another --out, ` +
        "or --fresh to move it aside.",
      { facts: { path: options.directory, changed: names.join(", ") } },
    );
  }
  await replaceFile(planPath(options.directory), `${JSON.stringify(plan, null, 2)}\n`);
}

/**
 * The limit that counts: that of a finished measurement in the directory where a smaller one is
 * asked for, since its figures are there and no command writes less than a directory holds.
 */
export async function limitInForce(
  evaluator: string,
  options: MeasureOptions,
): Promise<number | undefined> {
  const { directory, limit, fresh } = options;
  const before = await planIn(directory);
  if (limit === undefined || fresh || before === null) return limit;
  const changed = changedNames(await planOf(evaluator, options), before);
  if (changed.join() !== "limit" || !(await isFinished(directory))) return limit;
  const earlier = before["limit"] === "all" ? Infinity : Number(before["limit"]);
  if (!(limit < earlier)) return limit;
  return earlier === Infinity ? undefined : earlier;
}

function planPath(directory: string): string {
  return join(directory, "inputs", "plan.json");
}

async function planIn(directory: string): Promise<Readonly<Record<string, unknown>> | null> {
  return fieldsIn(planPath(directory));
}

async function isFinished(directory: string): Promise<boolean> {
  const manifest = await fieldsIn(join(directory, "run.json"));
  return manifest !== null && manifest["rows"] !== 0 && manifest["pending"] === 0;
}

async function fieldsIn(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  const value: unknown = await readFile(path, "utf8")
    .then(JSON.parse)
    .catch(() => null);
  return isFields(value) ? value : null;
}

function changedNames(
  plan: Readonly<Record<string, string>>,
  before: Readonly<Record<string, unknown>> | null,
): string[] {
  if (before === null) return [];
  return Object.keys(plan).filter((name) => before[name] !== plan[name]);
}

async function planOf(evaluator: string, options: MeasureOptions): Promise<Record<string, string>> {
  const { style, questions, measured, references, baseline, reading, limit } = options;
  const models: string[] = [];
  for (const one of measured) models.push("spec" in one ? one.spec : await hashOf(one.answers));
  return {
    style,
    evaluator,
    questions: `${await hashOf(questions)} ${JSON.stringify(reading ?? {})}`,
    limit: String(limit ?? "all"),
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

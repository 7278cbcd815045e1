import type * as z from "zod";
import { closestWord } from "../../state/closest-word.ts";
import { debateReviewer } from "../kinds/debate-reviewer.ts";
import { evaluatorKinds } from "../kinds/evaluators.ts";
import type { KeyProblem } from "../kinds/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import { isTree, type Tree } from "./parse-yaml.ts";
import { missing, problemMessage, shownValue } from "./problem-message.ts";

/** A mistake may hide others, such as a graph's name those of its keys; so often more are sought. */
const mostPasses = 5;

type Reported = {
  readonly problems: KeyProblem[];
  /** The keys that were renamed, by the key that was meant instead. */
  readonly renamed: Map<string, string>;
};

/**
 * Everything that is wrong with a topology by its schema. A graph or a key that is close to a known
 * one is taken for it, so that what is below it is checked too.
 */
export function schemaProblems(tree: Tree, schema: z.ZodType): readonly KeyProblem[] {
  const assumed = structuredClone(tree);
  const reported: Reported = { problems: [], renamed: new Map() };
  for (let pass = 1; ; pass += 1) {
    const issues = schema.safeParse(assumed).error?.issues ?? [];
    const told = issues.flatMap((issue) => issuesOfReviewer(issue, valueAt(assumed, issue.path)));
    const wrong = told.filter((issue) => !isMissing(issue, assumed));
    const hasChanged = wrong.filter((issue) => report(issue, assumed, reported)).length > 0;
    if (hasChanged && pass < mostPasses) continue;
    // Only now: another pass may have found it under a key that was misspelt.
    for (const issue of told) if (isMissing(issue, assumed)) report(issue, assumed, reported);
    return reported.problems;
  }
}

function isMissing(issue: z.core.$ZodIssue, assumed: Tree): boolean {
  if (issue.code === "invalid_union" || issue.code === "unrecognized_keys") return false;
  return valueAt(assumed, issue.path) === undefined && problemMessage(issue, undefined) === missing;
}

/** Notes the problems of an issue. True where the tree was changed into what was meant. */
function report(issue: z.core.$ZodIssue, assumed: Tree, { problems, renamed }: Reported): boolean {
  const note = (path: readonly PropertyKey[], message: string) => {
    const key = keyAsWritten(path, renamed);
    if (!problems.some((one) => one.key === key && one.message === message)) {
      problems.push({ key, message });
    }
  };
  if (issue.code === "unrecognized_keys") {
    // The message has a line for each key.
    const messages = issue.message.split("\n");
    for (const [index, key] of issue.keys.entries()) {
      note([...issue.path, key], messages[index] ?? issue.message);
    }
    return (
      issue.keys.filter((key, index) =>
        renameKey(assumed, issue.path, { key, message: messages[index] ?? "" }, renamed),
      ).length > 0
    );
  }
  const value = valueAt(assumed, issue.path);
  if (issue.code === "invalid_union" && "options" in issue) {
    const options = (issue.options ?? []).map(String);
    const meant = typeof value === "string" ? closestWord(value, options) : null;
    const hint = meant === null ? "" : `. Did you mean "${meant}"?`;
    note(issue.path, `expected one of ${options.join(", ")}; got ${shownValue(value)}${hint}`);
    const holder = valueAt(assumed, issue.path.slice(0, -1));
    if (meant === null || !isTree(holder)) return false;
    holder["graph"] = meant;
    return true;
  }
  const included = includedAt(assumed, issue.path);
  note(
    issue.path,
    included !== null && issue.code === "invalid_type" && value !== undefined
      ? `expected file: NAME, or a topology inline with graph: ${included}; got ` +
          `${shownValue(value)}`
      : problemMessage(issue, value),
  );
  return false;
}

/** Renames a key to the one that its message suggests, where that one is missing. */
function renameKey(
  assumed: Tree,
  path: readonly PropertyKey[],
  { key, message }: KeyProblem,
  renamed: Map<string, string>,
): boolean {
  const holder = valueAt(assumed, path);
  const meant = /Did you mean "([^"]+)"\?$/.exec(message)?.[1];
  if (meant === undefined || !isTree(holder) || meant in holder) return false;
  holder[meant] = holder[key];
  Reflect.deleteProperty(holder, key);
  renamed.set([...path, meant].join("."), keyAsWritten([...path, key], renamed));
  return true;
}

/** The dotted key as the file has it. */
function keyAsWritten(path: readonly PropertyKey[], renamed: ReadonlyMap<string, string>): string {
  for (let length = path.length; length > 0; length -= 1) {
    const written = renamed.get(path.slice(0, length).join("."));
    if (written !== undefined) return [written, ...path.slice(length)].join(".");
  }
  return path.join(".");
}

/** The graphs of the topologies that a key may hold inline or as `file:`; null for other keys. */
function includedAt(tree: Tree, path: readonly PropertyKey[]): string | null {
  if (path.at(-1) === "evaluator") return evaluatorKinds.map(({ graph }) => graph).join(", ");
  if (path.at(-2) !== "steps") return null;
  const holder = valueAt(tree, path.slice(0, -2));
  const named = isTree(holder) ? kinds.find(({ graph }) => graph === holder["graph"]) : undefined;
  return named !== undefined && "steps" in named ? named.steps.join(", ") : null;
}

/**
 * A reviewer may be an agent or a debate, which its `graph` decides: the problems of the one that
 * was meant.
 */
function issuesOfReviewer(issue: z.core.$ZodIssue, value: unknown): readonly z.core.$ZodIssue[] {
  if (issue.path.at(-2) !== "reviewers" || !isTree(value)) return [issue];
  const { value: only } = debateReviewer.shape.graph;
  if ("graph" in value && value["graph"] !== only) {
    const message =
      `expected ${only}, the only graph that a reviewer may be (without graph: an agent); got ` +
      `${shownValue(value["graph"])}`;
    return [{ code: "custom", path: [...issue.path, "graph"], message, input: value }];
  }
  const asAgent = issue.code === "invalid_union" ? issue.errors[0] : undefined;
  const meant = "graph" in value ? debateReviewer.safeParse(value).error?.issues : asAgent;
  if (meant === undefined) return [issue];
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Tree)[key as string] : undefined,
    tree,
  );
}

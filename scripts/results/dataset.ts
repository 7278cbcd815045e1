import type { Unusable } from "../../runs/datasets/push-dataset.ts";
import { printable } from "../../runs/progress/progress.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";
import { counted } from "../../state/counted.ts";

const usage = `Usage: fellowship dataset push FILE|DIR --name NAME [--kind prompts|pairs] [--limit N]
         [--dry-run]
       fellowship dataset pull NAME --to FILE.jsonl [--kind prompts|pairs|instructions]
         [--prompt FIELD] [--force]`;
export const help = `${usage}

Exchanges rows with data sets of LangSmith: prompts, pairs with people's labels, and the results of
a run (DIR: what came of each row). Pushing twice changes nothing; a push that stopped goes on with
the same command. Nothing in a data set is changed or removed. What is pulled are rows that
generate, evaluate and evolve read; what was pushed from here comes back as it was.

Examples:
  fellowship dataset push examples/evals/pairs.jsonl --name fellowship-pairs --dry-run
  fellowship dataset push examples/evals/pairs.jsonl --name fellowship-pairs
  fellowship dataset push out/mine --name fellowship-results
  fellowship dataset pull fellowship-pairs --to pairs.jsonl

Options:
  --name NAME          push: the data set, made where there is none
  --kind KIND          push: what the file holds, where its first row doesn't say; pull: only rows
                       of this kind
  --limit N            push: only the first N rows
  --dry-run            push: say what would be sent, and where; send nothing
  --to FILE            pull: where the rows go; it is there only when it is whole
  --prompt FIELD       pull: the input that is the prompt, in data sets that were not pushed from
                       here
  --force              pull: write over FILE
  --help               this text

LANGSMITH_API_KEY is the key; LANGSMITH_ENDPOINT moves LangSmith elsewhere.

Exit codes: 0 all rows · 2 bad usage, file or missing key (nothing was sent) · 3 some rows could
not be used · 6 storage failed · 8 LangSmith does not answer, or refuses.
`;

const options = {
  name: { type: "string" },
  kind: { type: "string" },
  limit: { type: "string" },
  "dry-run": { type: "boolean" },
  to: { type: "string" },
  prompt: { type: "string" },
  force: { type: "boolean" },
} as const;

type Values = ReturnType<typeof readOptions>["values"];

function readOptions(argv: readonly string[]) {
  return parseOptions(argv, usage, options);
}

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(argv);
  const [action, subject, ...others] = positionals;
  if (subject === undefined || others.length > 0) {
    throw badUsage(
      action === "pull" ? "Expected one data set." : "Expected one file or directory.",
    );
  }
  if (action === "push") return push(subject, values);
  if (action === "pull") return pull(subject, values);
  throw badUsage(`Expected push or pull, got ${action ?? "nothing"}.`);
}

async function push(path: string, values: Values): Promise<number> {
  const { langSmithEndpoint, openLangSmith } =
    await import("../../datasets/langsmith/langsmith-store.ts");
  const { countExamples, openDatasetSource, pushDataset } =
    await import("../../runs/datasets/push-dataset.ts");
  refuse(values, ["to", "prompt", "force"], "push");
  const name = values.name?.trim() ?? "";
  if (name === "") throw badUsage("--name NAME is missing.");
  const kind = oneOf(values.kind, ["prompts", "pairs"] as const);
  const source = await openDatasetSource({ source: path, kind, limit: readLimit(values.limit) });
  if (values["dry-run"] === true) {
    const { usable, unusable } = await countExamples(source);
    const where = langSmithEndpoint(process.env);
    process.stdout.write(
      `Would send ${counted(usable, "row")} (${source.kind}) to the data set ${name} at ` +
        `${where}. Nothing was sent.\n`,
    );
    return tell(unusable);
  }
  const store = await openLangSmith(process.env);
  process.stderr.write(`Rows (${source.kind}) go to the data set ${name} at ${store.endpoint}.\n`);
  const { added, present, unusable } = await pushDataset(store, source, {
    name,
    onBatch: (counts) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${counted(counts.added + counts.present, "row")}`);
    },
  });
  process.stdout.write(
    `${name}: ${counted(added, "row")} added, ${present} ${present === 1 ? "was" : "were"} ` +
      "there.\n",
  );
  return tell(unusable);
}

async function pull(name: string, values: Values): Promise<number> {
  refuse(values, ["name", "limit", "dry-run"], "pull");
  if (values.to === undefined) throw badUsage("--to FILE is missing.");
  const kind = oneOf(values.kind, ["prompts", "pairs", "instructions"] as const);
  const { to: file, force = false, prompt: promptField } = values;
  if (!/\.(jsonl|ndjson)$/.test(file)) {
    throw badUsage(`--to ${file}: expected a name that ends in .jsonl.`);
  }
  const { openLangSmith } = await import("../../datasets/langsmith/langsmith-store.ts");
  const { pullRows } = await import("../../datasets/langsmith/pull-rows.ts");
  const store = await openLangSmith(process.env);
  const pulled = await pullRows(store, { name, file, force, kind, promptField });
  const others = pulled.others > 0 ? `; ${pulled.others} of other kinds were left out` : "";
  process.stdout.write(
    `${file}: ${counted(pulled.rows, "row")} (${pulled.kind ?? "none"})${others}\n`,
  );
  return tell(pulled.unusable);
}

function tell({ count, first }: Unusable): number {
  if (count === 0) return 0;
  process.stderr.write(
    `${counted(count, "row")} could not be used; the first: ${printable(first ?? "")}.\n`,
  );
  return 3;
}

function refuse(values: Values, names: readonly (keyof Values)[], action: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw badUsage(`--${given} is no option of ${action}.`);
}

function oneOf<const Word extends string>(
  given: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((one) => one === given);
  if (given !== undefined && word === undefined) {
    throw badUsage(`--kind: expected one of ${words.join(", ")}, got ${given}.`);
  }
  return word;
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw badUsage(`--limit: expected a whole number above 0, got ${text}.`);
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}\n${usage}`);
}

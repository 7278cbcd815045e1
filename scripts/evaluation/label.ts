import { parseColumnMap } from "../../datasets/rows/column-map.ts";
import type { Labelling } from "../../runs/label/label.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { counted } from "../../state/counted.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = `Usage: fellowship label PAIRS --out FILE --person NAME [options]
       fellowship label LABELS LABELS… --out FILE
       fellowship label PAIRS --to argilla|label-studio --file TASKS
       fellowship label PAIRS --from argilla|label-studio --file EXPORT --out FILE`;
export const help = `${usage}

Opens a page on this machine on which a person judges pairs, blind: no model, id or verdict is
shown, and which response stands first is drawn for each pair and person. Keys: a, b, t (tie),
s (skip), u (undo). Open the address that the command prints in a browser; Ctrl-C ends the command.

FILE gets the pairs with "labels": {NAME: "a" | "b" | "tie"}, which evaluate, audit and study read.
It is written after each answer. The same command goes on where it stopped; other people give their
own --person and the same FILE, at the same time if they like.

Pairs are asked in a random order: those judged at any time are a random part, as people's win rate
needs. With --run DIR, a run of evaluate over these pairs, the first --random pairs are drawn so,
and then come the pairs about which its evaluator was least sure. "drawn" in FILE says which were
which. The first 20 pairs and every fifth after them are given to everyone, and the page shows how
well people agree; the other pairs go to one person each, and then to the others.

Several files of labels of the same pairs, of people who worked apart, are merged into FILE. Labels
that differ stay, each under a name of its own.

Examples:
  fellowship label pairs.jsonl --out labels.jsonl --person annotator-1
  fellowship label pairs.jsonl --out labels.jsonl --person annotator-2 --run out/judge
  fellowship label anna.jsonl ben.jsonl --out labels.jsonl
  fellowship evaluate judge --input labels.jsonl --out out/judged
  fellowship label pairs.jsonl --to label-studio --file tasks.json
  fellowship label pairs.jsonl --from label-studio --file export.json --out labels.jsonl

Options:
  --out FILE           the file of labels (.jsonl or .json); FILE.people holds what each person did
  --person NAME        whose labels these are
  --run DIR            a run of evaluate over these pairs: ask next what teaches most
  --random N           with --run: draw so many pairs at random first (100)
  --seed S             another random order (0); the same for all people of FILE
  --map FIELD=COLUMN   read a field from a column of another name (repeatable)
  --to TOOL            write the pairs as tasks that argilla or label-studio imports, into --file
  --from TOOL          read the answers that argilla or label-studio exported from --file
  --port N             the page's port (any free one)
  --force              begin FILE where a file of another origin is
  --help               this text

Exit codes: 0 all pairs judged by NAME · 2 bad usage or input · 5 NAME is judging in another
process · 6 storage failed · 129, 130, 143 ended by a signal; the same command goes on.
`;

const options = {
  out: { type: "string" },
  person: { type: "string" },
  run: { type: "string" },
  random: { type: "string" },
  seed: { type: "string" },
  map: { type: "string", multiple: true },
  port: { type: "string" },
  force: { type: "boolean" },
  to: { type: "string" },
  from: { type: "string" },
  file: { type: "string" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [input, ...others] = positionals;
  if (input === undefined) throw badUsage("PAIRS is missing.");
  if (others.length > 0) return merge(positionals, values);
  if (values.to !== undefined || values.from !== undefined) return exchange(input, values);
  if (values.out === undefined) throw badUsage("--out FILE is missing.");
  if (!/\.jsonl?$/i.test(values.out)) {
    throw badUsage(`--out: expected a name that ends in .jsonl or .json, got ${values.out}.`);
  }
  const { printable } = await import("../../runs/progress/progress.ts");
  const { checkPerson, label } = await import("../../runs/label/label.ts");
  const say = (text: string) => void process.stderr.write(`${printable(text)}\n`);
  const labelling = await label({
    input,
    reading: { map: (values.map ?? []).map(columnMap) },
    file: values.out,
    person: checkPerson(values.person),
    seed: values.seed,
    run: values.run,
    random: numberIn(values.random ?? "100", "--random", 0, 1_000_000_000),
    force: values.force === true,
    port: numberIn(values.port ?? "0", "--port", 0, 65_535),
    onProblem: say,
  });
  const stopped = nextStop();
  for (const line of await beginning(labelling)) say(line);
  process.stdout.write(`${labelling.address}\n`);
  say("Open this address in a browser. Ctrl-C ends.");
  const signalCode = await stopped;
  const { progress, agreement } = await labelling.stop();
  say(agreement);
  say(`${values.out}: ${counted(progress.labelled, "pair")} of ${progress.pairs} with labels.`);
  return progress.judged === progress.pairs ? 0 : signalCode;
}

/** Makes one file of those of several people. */
async function merge(
  paths: readonly string[],
  values: ExchangeValues & { readonly [name in "person" | "run"]?: string | undefined },
): Promise<number> {
  for (const option of ["person", "run", "to", "from"] as const) {
    if (values[option] === undefined) continue;
    throw badUsage(`expected one PAIRS beside --${option}, got ${paths.join(", ")}.`);
  }
  const { out, map = [], force = false } = values;
  if (out === undefined) throw badUsage("--out FILE is missing.");
  const { readPairs } = await import("../../runs/label/label.ts");
  const { mergeLabels } = await import("../../runs/label/merge-labels.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const say = (text: string) => void process.stderr.write(`${printable(text)}\n`);
  const files = [];
  for (const path of paths) {
    const { pairs, unusable } = await readPairs({
      input: path,
      reading: { map: map.map(columnMap) },
    });
    for (const line of leftOut(unusable)) say(`${path}: ${line}`);
    files.push({ path, pairs });
  }
  const { pairs, labelled, shared, people, agreement } = await mergeLabels(files, { out, force });
  say(agreement);
  process.stdout.write(
    `${out}: ${labelled} of ${counted(pairs, "pair")} with labels of ` +
      `${printable(people.join(", "))}, ${shared} of two people or more\n`,
  );
  return 0;
}

type ExchangeValues = {
  readonly [name in "to" | "from" | "file" | "out" | "seed"]?: string | undefined;
} & { readonly map?: readonly string[] | undefined; readonly force?: boolean | undefined };

/** Writes tasks for another tool, or reads its answers. */
async function exchange(input: string, values: ExchangeValues): Promise<number> {
  const { to, from, file, out } = values;
  if (to !== undefined && from !== undefined) throw badUsage("expected --to or --from, got both.");
  if (file === undefined) throw badUsage("--file FILE is missing.");
  if (to === undefined && out === undefined) throw badUsage("--out FILE is missing.");
  const { readPairs } = await import("../../runs/label/label.ts");
  const { exportTasks, importLabels } = await import("../../runs/label/exchange-labels.ts");
  const { pairs, unusable } = await readPairs({
    input,
    reading: { map: (values.map ?? []).map(columnMap) },
  });
  const { printable } = await import("../../runs/progress/progress.ts");
  const say = (text: string) => void process.stderr.write(`${printable(text)}\n`);
  for (const line of leftOut(unusable)) say(line);
  const shared = { input, pairs, seed: values.seed ?? "0", force: values.force === true };
  if (to !== undefined) {
    const advice = await exportTasks(file, { ...shared, tool: to });
    process.stdout.write(`${file}: ${counted(pairs.length, "task")}\n`);
    say(advice);
    return 0;
  }
  const target = out ?? "";
  const read = await importLabels(file, target, { ...shared, tool: from ?? "" });
  if (read.foreign > 0) say(`Left out: ${counted(read.foreign, "answer")} about other pairs.`);
  const people = printable(read.people.join(", "));
  process.stdout.write(`${target}: ${counted(read.labelled, "pair")} with labels of ${people}\n`);
  return 0;
}

const mostUnusableShown = 3;

function leftOut(unusable: readonly string[]): string[] {
  const more = unusable.length - mostUnusableShown;
  return [
    ...unusable.slice(0, mostUnusableShown).map((problem) => `Left out: ${problem}`),
    ...(more > 0 ? [`and ${counted(more, "row")} more.`] : []),
  ];
}

async function beginning({ unusable, state }: Labelling): Promise<string[]> {
  const { person, progress, agreement } = await state();
  return [
    ...leftOut(unusable),
    agreement,
    `${person} has judged ${progress.judged} of ${counted(progress.pairs, "pair")}.`,
  ];
}

/** The exit code of the first signal that asks the command to end. */
function nextStop(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      process.once(signal, () => resolve(code));
    }
  });
}

function columnMap(text: string) {
  const map = parseColumnMap(text);
  if (map !== undefined) return map;
  throw badUsage(`--map: expected FIELD=COLUMN or FIELD=COLUMN:VALUE=VALUE,… (got ${text}).`);
}

function numberIn(text: string, option: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw badUsage(`${option}: expected a whole number from ${least} to ${most}, got ${text}.`);
}

function badUsage(problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${problem}\n${usage}`);
}

import { askedOf } from "./asked-of.ts";
import type { ParseArgsConfig } from "node:util";
import { parseColumnMap, type ColumnMap } from "../../datasets/rows/column-map.ts";
import type { CommandOptions } from "../../runs/command-options.ts";
import { checkPushName, type PushTarget } from "../../datasets/hub/push-files.ts";
import { checkGates } from "../../datasets/gates/gate-names.ts";
import type { GateOptions } from "../../runs/gates/sift.ts";
import type { InputReading } from "../../runs/input/read-input.ts";
import {
  createProgress,
  progressStyles,
  usualProgressStyle,
  type ProgressStyle,
} from "../../runs/progress/progress.ts";
import { checkQueueUrl } from "../../runs/queue/redis-connection.ts";
import type { SentinelOptions } from "../../runs/sentinel/run-with-sentinel.ts";
import { budgetShare, mostShards, parseShard, type Shard } from "../../runs/shards/shard.ts";
import { findFile } from "../../state/files/find-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { shellWord } from "../../state/shell-word.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { parseOptions } from "./parse-options.ts";

const runOptions = {
  input: { type: "string" },
  out: { type: "string" },
  model: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  map: { type: "string", multiple: true },
  lenient: { type: "boolean" },
  where: { type: "string", multiple: true },
  sample: { type: "string" },
  seed: { type: "string" },
  limit: { type: "string" },
  concurrency: { type: "string" },
  workers: { type: "string" },
  queue: { type: "string" },
  shard: { type: "string" },
  batch: { type: "boolean" },
  "batch-files": { type: "string" },
  budget: { type: "string" },
  prices: { type: "string" },
  gate: { type: "string", multiple: true },
  keep: { type: "string" },
  certify: { type: "string" },
  labels: { type: "string" },
  push: { type: "string" },
  public: { type: "boolean" },
  reuse: { type: "string", multiple: true },
  sentinel: { type: "string" },
  "on-drift": { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  progress: { type: "string" },
  fresh: { type: "boolean" },
  salvage: { type: "boolean" },
  "allow-code": { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

/** Each row in flight holds its texts in memory and a connection or more. */
const mostInFlight = 10_000;

/** Each holds a graph of its own, and some 100 MB. */
const mostWorkers = 256;

/** The options that all commands over many rows share (contract section 1). */
export type RunOptions = CommandOptions & {
  readonly topologies: readonly string[];
  readonly dryRun: boolean;
  readonly push?: PushTarget | undefined;
  readonly json: boolean;
  /** Watches the judge; of generate and evaluate. */
  readonly sentinel?: SentinelOptions | undefined;
};

/** The part of `--help` of the commands that write training data. */
export const gateOptionsHelp = `  --gate NAME=VALUE    drop lines of the training data that don't pass (repeatable; docs/gates.md):
                       margin=POINTS, agreement=SHARE, consistent, length-ratio=TIMES, refusals,
                       language=CODE, truncation, contamination=FILE, duplicates[=SHARE]
  --keep N             of the pairs that pass, keep the N surest
  --certify NOISE      of the pairs that pass, keep the largest share of the surest ones of which at
                       most NOISE (0.2, say) are wrong, as people's labels show with a confidence of
                       90 %; NOISE,delta=0.05 for 95 %
  --labels FILE        people's labels for --certify: pairs with "labels", drawn at random among the
                       surest 60 %`;

/** The part of `--help` of the commands that push. */
export const pushOptionsHelp = `  --push ORG/NAME      upload data, card and report to this data set of the Hub when all rows are
                       done (HF_TOKEN; HF_ENDPOINT for another Hub); private where it is new
  --public             with --push: a data set that everybody may read`;

/** The part of `--help` of the commands whose judge can be watched. */
export const sentinelOptionsHelp = `  --sentinel FILE      golden pairs, 20 or more, which the judge decides twice at the start, then in
                       the middle, at the end and at each resume: a judge that drifted ends the run
  --on-drift DO        stop, or accept: go on with the judge as it is now`;

/** The part of `--help` that these options have in common. */
export const runOptionsHelp = `  --model AGENT=SPEC   another model for that agent (repeatable); --model SPEC for all agents
  --set KEY=VALUE      another value for a topology key, dotted (--set evaluator.scale=100)
  --map FIELD=COLUMN   read a field from a column of another name (repeatable); with
                       FIELD=COLUMN:VALUE=VALUE,… also what its values mean:
                       --map a=answer1 --map b=answer2 --map label=best:1=a,2=b,0=tie
  --lenient            take conversations as they come: cut a human turn at the end, skip a gpt
                       turn at the start, read role/content under conversations, Dolly's rows,
                       and tasks that are in input
  --where FIELD=VALUE  only rows with this value (repeatable: all of them)
  --sample N           only N rows of those, drawn by --seed S (default 0), in the input's order
  --limit N            only the first N rows of those
  --concurrency N      rows in flight (default 32, at most 10000)
  --workers N          run the graphs in N processes of this machine; this one makes the calls
  --queue URL          put the rows on a Redis (redis://HOST:PORT), where fellowship worker --queue
                       URL takes them on any machine and makes the calls (docs/many-machines.md)
  --shard I/N          only rows I, I+N, I+2N … of those, with an N-th of the budget, in a DIR of
                       its own; fellowship merge DIR… --out DIR makes one run of all N
                       (docs/many-machines.md)
  --batch              send the calls in batches of the providers' services, at half the price,
                       a wave within 24 hours; models without such a service are asked live
                       (docs/batches.md)
  --batch-files FOLDER write the calls as files for batches, a wave at a time, in place of sending
                       them: vllm run-batch or a provider's service answers them, on any machine;
                       the same command again reads the answers and goes on (docs/batches.md)
  --budget USD         stop before this much is spent, all sessions of the run together;
                       run it again with a larger one to continue
  --prices FILE        a price table of your own in place of models/prices.yaml, in the same form
  --reuse OTHER_DIR    reuse identical calls of another run (repeatable): add a round, or judge the
                       same responses again, and pay only for new calls
  --dry-run            check everything, show how the first rows are read and why rows can't be,
                       forecast calls, tokens, dollars and time, send nothing
  --fresh              move an earlier run in DIR aside (DIR.old-1) instead of going on with it
  --salvage            go on with a damaged journal, and say what is lost
  --allow-code         take a topology file with nodes of your own (node: ./file.ts#export), whose
                       code then runs with all your rights; its SHA-256 is printed before it runs
  --json               the summary as one JSON object on standard output; all else on standard error
  --progress STYLE     bar: a line that is written over; lines: a line every ten seconds; json: a
                       JSON object a line; bar on a terminal, lines elsewhere
  --quiet              no progress
  --help               this text

Run the same command again to continue where it stopped: no finished call is paid for twice, and
failed rows are tried again.

Exit codes: 0 all rows done · 2 bad usage, topology, input or missing key (nothing was sent) ·
3 some rows failed · 4 budget reached · 5 DIR is in use · 6 storage failed · 7 journal damaged ·
8 the provider refused the run · 70 a bug of ours · 129, 130, 143 interrupted, resumable
(143 also where the rows wait for a wave of --batch-files).`;

/**
 * Reads the options of a command over many rows.
 *
 * @throws FellowshipError `bad_usage` for what is unknown, missing or no number.
 */
export function readRunOptions(argv: readonly string[], usage: string): RunOptions {
  return readOwnOptions(argv, usage, { own: {} }).options;
}

/** In what the arguments of a command over many rows differ from those of `generate`. */
type OwnArguments<Own extends NonNullable<ParseArgsConfig["options"]>> = {
  /** Further options of the command. */
  readonly own: Own;
  /** What its arguments without a name are; TOPOLOGY where not given, null where it takes none. */
  readonly positional?: string | null;
  /** False where the command finds its input by itself. */
  readonly takesInput?: boolean;
};

/**
 * Reads the options of a command over many rows that has options of its own too.
 *
 * @throws FellowshipError `bad_usage` as `readRunOptions` does
 */
export function readOwnOptions<const Own extends NonNullable<ParseArgsConfig["options"]>>(
  argv: readonly string[],
  usage: string,
  { own, positional = "TOPOLOGY", takesInput = true }: OwnArguments<Own>,
) {
  const { input: inputOption, ...shared } = runOptions;
  const table = takesInput ? { ...shared, input: inputOption } : shared;
  const parsed = parseOptions(argv, usage, { ...table, ...own });
  const { positionals } = parsed;
  const values = parsed.values as ReturnType<typeof parseOptions<typeof runOptions>>["values"];
  const mistakes = createMistakes();
  const check = mistakes.attempt;
  const required = (value: string | undefined, name: string): string => {
    if (value !== undefined && value !== "") return value;
    mistakes.add(new FellowshipError("bad_usage", `${name} is missing.`));
    return "";
  };
  const dryRun = values["dry-run"] === true;
  if (positional !== null) required(positionals[0], positional);
  else if (positionals.length > 0) {
    const found = positionals.join(" ");
    mistakes.add(new FellowshipError("bad_usage", `Expected options alone, got "${found}".`));
  }
  const input = takesInput ? required(values.input, "--input FILE") : "";
  // A dry run writes nothing.
  const directory = dryRun ? (values.out ?? "") : required(values.out, "--out DIR");
  const lacksArgument = mistakes.found.length > 0;
  const inFlight = check(() => wholeNumber(values.concurrency, "--concurrency", mostInFlight));
  const shard = check(() => shardOf(values.shard));
  const budgetUsd = check(() => dollars(values.budget, "--budget"));
  const figures = {
    reading: check(() => readingOf(values)),
    limit: check(() => wholeNumber(values.limit, "--limit")),
    concurrency: inFlight ?? 32,
    gates: check(() => withLabels(gateOptions(values))),
    push: check(() => pushTarget(values)),
    sentinel: check(() => sentinelOf(values)),
    workers: check(() => wholeNumber(values.workers, "--workers", mostWorkers)),
    queue: check(() => queueOf(values)),
    shard,
    ...check(() => batchesOf(values, directory)),
    budgetUsd: budgetUsd && shard ? budgetShare(budgetUsd, shard) : budgetUsd,
  };
  const style = check(() => progressStyle(values)) ?? "quiet";
  mistakes.throwIfAny(lacksArgument ? usage : undefined);
  const options: RunOptions = {
    topologies: positionals,
    input: takesInput ? findFile(input) : "",
    directory,
    models: values.model ?? [],
    sets: values.set ?? [],
    allowCode: values["allow-code"] === true,
    ...figures,
    prices: values.prices === undefined ? undefined : findFile(values.prices),
    reuse: values.reuse ?? [],
    dryRun,
    json: values.json === true,
    fresh: values.fresh === true,
    salvage: values.salvage === true,
    plots: process.env["FELLOWSHIP_PLOTS"] !== "off",
    ...(process.env["FELLOWSHIP_PLOTS"] === "off" ? {} : { askedOf }),
    commandLine: commandLineOf(usage, argv),
    environment: process.env,
    progress: createProgress(process.stderr, style),
  };
  return { options, own: parsed.values as Readonly<Record<string, unknown>> };
}

function progressStyle(values: {
  readonly progress?: string | undefined;
  readonly quiet?: boolean | undefined;
}): ProgressStyle {
  const { progress: asked, quiet = false } = values;
  if (quiet) return "quiet";
  if (asked === undefined) return usualProgressStyle(process.stderr);
  const style = progressStyles.find((one) => one === asked);
  if (style !== undefined) return style;
  throw new FellowshipError(
    "bad_usage",
    `--progress: expected bar, lines or json, got "${asked}".`,
  );
}

/** Where the data go when all rows are done; undefined where they stay. */
function pushTarget(values: {
  readonly push?: string | undefined;
  readonly public?: boolean | undefined;
}): PushTarget | undefined {
  const { push: name, public: isPublic = false } = values;
  if (name === undefined) {
    if (!isPublic) return undefined;
    throw new FellowshipError("bad_usage", "--public: expected --push ORG/NAME beside it.");
  }
  checkPushName(name);
  return { name, isPublic };
}

/** The golden pairs, and what becomes of a run whose judge drifted; undefined without them. */
function sentinelOf(values: {
  readonly sentinel?: string | undefined;
  readonly "on-drift"?: string | undefined;
}): SentinelOptions | undefined {
  const { sentinel, "on-drift": onDrift = "stop" } = values;
  if (onDrift !== "stop" && onDrift !== "accept") {
    throw new FellowshipError(
      "bad_usage",
      `--on-drift: expected stop or accept, got "${onDrift}".`,
    );
  }
  if (sentinel !== undefined) return { golden: findFile(sentinel), onDrift };
  if (values["on-drift"] === undefined) return undefined;
  throw new FellowshipError("bad_usage", "--on-drift: expected --sentinel FILE beside it.");
}

/** What is dropped of the training data; undefined where no option says anything of it. */
export function gateOptions(values: {
  readonly gate?: string[] | undefined;
  readonly keep?: string | undefined;
  readonly certify?: string | undefined;
  readonly labels?: string | undefined;
}): GateOptions | undefined {
  const { gate = [], labels } = values;
  checkGates(gate);
  const keep = wholeNumber(values.keep, "--keep");
  const certify = certifyOptions(values.certify);
  if (certify !== undefined && keep !== undefined) {
    throw new FellowshipError(
      "bad_usage",
      "--certify: expected no --keep beside it, since both choose how many pairs are kept.",
    );
  }
  if (labels !== undefined && certify === undefined) {
    throw new FellowshipError("bad_usage", "--labels: expected --certify NOISE beside it.");
  }
  if (gate.length === 0 && keep === undefined && certify === undefined) return undefined;
  return {
    gates: gate,
    ...(keep === undefined ? {} : { keep }),
    ...(certify === undefined ? {} : { certify }),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** The pairs of a run carry no labels of people; those of an evaluated file may. */
function withLabels(gates: GateOptions | undefined): GateOptions | undefined {
  if (gates?.certify === undefined || gates.labels !== undefined) return gates;
  throw new FellowshipError(
    "bad_usage",
    "--certify: expected --labels FILE beside it, people's labels of the run's pairs.",
  );
}

/** Below this noise even 500 labels without an error certify nothing. */
const leastNoise = 0.005;

function certifyOptions(text: string | undefined): GateOptions["certify"] {
  if (text === undefined) return undefined;
  const form = /^(?:noise=)?(\d*\.?\d+)(?:,delta=(\d*\.?\d+))?$/;
  const [, noise, delta = "0.1"] = form.exec(text) ?? [];
  const options = { noise: Number(noise), delta: Number(delta) };
  const isNoise = options.noise >= leastNoise && options.noise < 0.5;
  if (isNoise && options.delta > 0 && options.delta < 0.5) return options;
  throw new FellowshipError(
    "bad_usage",
    `--certify: expected NOISE or NOISE,delta=DELTA with NOISE from ${leastNoise} and both ` +
      `under 0.5, such as 0.2 or 0.2,delta=0.05; got "${text}".`,
  );
}

/** Options that are about one session, and no part of going on with it. */
const sessionOptions: ReadonlySet<string> = new Set(["--fresh", "--json", "--quiet", "--salvage"]);

/** The command that goes on with the run that this one begins. */
function commandLineOf(usage: string, argv: readonly string[]): string {
  const [, command = ""] = /^Usage: fellowship (\S+)/.exec(usage) ?? [];
  const words = argv.filter(
    (word, index) =>
      !sessionOptions.has(word) &&
      !word.startsWith("--progress=") &&
      word !== "--progress" &&
      argv[index - 1] !== "--progress",
  );
  return ["fellowship", command, ...words.map(withoutSecrets).map(shellWord)].join(" ");
}

/** The query of a signed address, and a password in an address, are as good as a key. */
function withoutSecrets(word: string): string {
  return word.replace(
    /(\b(?:https?|rediss?):\/\/)(?:[^/?#]*@)?([^?]*)(\?.*)?$/su,
    (_address, scheme: string, rest: string, query: string | undefined) =>
      `${scheme}${rest}${query === undefined ? "" : "?…"}`,
  );
}

type ReadingValues = {
  readonly map?: string[] | undefined;
  readonly lenient?: boolean | undefined;
  readonly where?: string[] | undefined;
  readonly sample?: string | undefined;
  readonly seed?: string | undefined;
};

/** Where workers take the rows; undefined where this process works on them. */
function queueOf({ queue }: { readonly queue?: string | undefined }): string | undefined {
  if (queue !== undefined) checkQueueUrl(queue);
  return queue;
}

/** Where calls go into batches; nothing where they are sent. */
function batchesOf(
  values: {
    readonly batch?: boolean | undefined;
    readonly "batch-files"?: string | undefined;
    readonly workers?: string | undefined;
    readonly queue?: string | undefined;
    readonly sentinel?: string | undefined;
  },
  root: string,
): Pick<CommandOptions, "batch" | "batchFiles"> {
  const { batch = false, "batch-files": folder } = values;
  if (!batch && folder === undefined) return {};
  const given = batch ? "--batch" : "--batch-files";
  if (folder === "") throw new FellowshipError("bad_usage", "--batch-files: FOLDER is missing.");
  const why = {
    workers: "the rows wait for batches, not for a processor",
    queue: "workers of a queue send their calls",
    sentinel: "golden pairs are judged before the first row, by calls that are sent",
    "batch-files": "the services of providers answer, or a machine that takes the files",
  };
  const others = [
    "workers",
    "queue",
    "sentinel",
    ...(batch ? ["batch-files" as const] : []),
  ] as const;
  const other = others.find((name) => values[name] !== undefined);
  if (other === undefined)
    return folder === undefined ? { batch } : { batchFiles: { folder, root } };
  throw new FellowshipError(
    "bad_usage",
    `${given}: expected no --${other} beside it; ${why[other]}.`,
  );
}

/** The part of the rows; undefined where the run is over all of them. */
function shardOf(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const shard = parseShard(text);
  if (shard !== undefined) return shard;
  throw new FellowshipError(
    "bad_usage",
    `--shard: expected I/N with I from 1 to N and N at most ${mostShards}, such as 3/16; ` +
      `got "${text}".`,
  );
}

/** How rows are read; undefined where no option says anything of it. */
function readingOf({ map, lenient, where, sample, seed }: ReadingValues): InputReading | undefined {
  const rows = wholeNumber(sample, "--sample");
  if (seed !== undefined && rows === undefined) {
    throw new FellowshipError("bad_usage", "--seed: expected --sample N beside it, found none.");
  }
  const reading: InputReading = {
    ...(map === undefined ? {} : { map: map.map(columnMap) }),
    ...(lenient === true ? { lenient } : {}),
    ...(where === undefined ? {} : { where: where.map(condition) }),
    ...(rows === undefined ? {} : { sample: { rows, seed: seed ?? "0" } }),
  };
  return Object.keys(reading).length === 0 ? undefined : reading;
}

function columnMap(text: string): ColumnMap {
  const map = parseColumnMap(text);
  if (map !== undefined) return map;
  throw new FellowshipError(
    "bad_usage",
    `--map: expected FIELD=COLUMN or FIELD=COLUMN:VALUE=VALUE,…, got "${text}".`,
  );
}

function condition(text: string): { field: string; value: string } {
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (field !== undefined && value !== undefined) return { field, value };
  throw new FellowshipError("bad_usage", `--where: expected FIELD=VALUE, got "${text}".`);
}

export function wholeNumber(
  text: string | undefined,
  name: string,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new FellowshipError(
    "bad_usage",
    `${name}: expected a whole number from 1 ` +
      `${most === Number.MAX_SAFE_INTEGER ? "up" : `to ${most}`}, got "${text}".`,
  );
}

function dollars(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  throw new FellowshipError(
    "bad_usage",
    `${name}: expected dollars such as 5 or 0.50, got "${text}".`,
  );
}

/**
 * For the commands that write no training data.
 *
 * @throws FellowshipError `bad_usage` where gates are given
 */
export function refuseGates(
  { gates, push }: Pick<RunOptions, "gates" | "push">,
  command: string,
): void {
  if (gates === undefined && push === undefined) return;
  const given = gates === undefined ? "--push" : "--gate, --keep, --certify";
  throw new FellowshipError(
    "bad_usage",
    `${given}: ${command} writes no training data. Give them to generate, evolve or export.`,
  );
}

/**
 * For the commands whose judge is not watched.
 *
 * @throws FellowshipError `bad_usage` where golden pairs are given
 */
export function refuseSentinel({ sentinel }: Pick<RunOptions, "sentinel">, command: string): void {
  if (sentinel === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `--sentinel: ${command} has no such check. generate, evolve and evaluate with one ` +
      "topology have it.",
  );
}

/**
 * For the commands whose rows make sense only together.
 *
 * @throws FellowshipError `bad_usage` where a shard is asked for
 */
export function refuseShard(
  { shard }: Pick<RunOptions, "shard">,
  command: string,
  reason: string,
): void {
  if (shard === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `--shard: ${command} can't be divided, since ${reason}. Leave --shard out: --queue and ` +
      "--workers spread its rows too.",
  );
}

import type { Trainer } from "../../datasets/trainers/trainer-format.ts";
import { trainers } from "../../datasets/trainers/trainers.ts";
import { trainingKinds, type TrainingKind } from "../../datasets/trainers/training-record.ts";
import type { ExportResult } from "../../runs/export/export-data.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { GateOptions } from "../../runs/gates/sift.ts";
import { gatesText } from "../../runs/gates/gates-text.ts";
import { gateOptions, gateOptionsHelp } from "../command-line/run-options.ts";
import { parseOptions } from "../command-line/parse-options.ts";
import { counted } from "../../state/counted.ts";

const usage = `Usage: fellowship export DIR --to TRAINER --kind KIND --file FILE [--split SHARE] [--force]
       fellowship export DIR --kind cassette --file FILE [--force]`;
export const help = `${usage}

A run's data in the shape that a trainer reads, with the file beside it that the trainer wants: an
entry of dataset_info.json, a configuration, or a command line. Records that the trainer can't take
are left out and listed in FILE's name with .left-out.jsonl, each with its row and the reason.
docs/export.md has the shapes.

--kind cassette writes the run's calls: JSONL, a recorded answer a line. The same topology with
--model replay:FILE over the same input gives the same rows, without asking any model.

Examples:
  fellowship export out/loop --to trl --kind dpo --file train/dpo.jsonl
  fellowship export out/loop --to llama-factory --kind kto --file train/kto.jsonl --split 0.9
  fellowship export out/pool --to openrlhf --kind reward --file train/reward.parquet
  fellowship export out/loop --kind cassette --file loop.jsonl
  fellowship generate feedback-loop --input prompts.jsonl --out out/again --model replay:loop.jsonl

Options:
  --to TRAINER         ${trainers.map(({ name }) => name).join(", ")}
  --kind KIND          dpo      a chosen and a rejected response
                       kto      single responses with a label, true or false
                       sft      each prompt with its best response
                       reward   as dpo, for reward models; a margin where the trainer reads one
                       ranking  all responses of a pool with their scores; chosen is the best,
                                rejected the worst
                       cassette the run's calls, without --to
  --file FILE          where, outside the directories of runs: .jsonl or .parquet
  --split SHARE        the share of the prompts that train, as 0.9; the others go to FILE's name
                       with .test
${gateOptionsHelp}
  --force              overwrite files that exist
  --json               print what was written as one JSON object
  --help               this text
`;

const options = {
  to: { type: "string" },
  kind: { type: "string" },
  file: { type: "string" },
  split: { type: "string" },
  gate: { type: "string", multiple: true },
  keep: { type: "string" },
  certify: { type: "string" },
  labels: { type: "string" },
  force: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw badUsage("Expected one directory.");
  const { to, kind, file, split, force = false, json = false } = values;
  if (kind === undefined) throw badUsage("--kind KIND is missing.");
  if (kind === "cassette") {
    if (to !== undefined || split !== undefined) {
      throw badUsage("--kind cassette: expected neither --to nor --split.");
    }
    return writeCassette(directory, fileIn(file), { force, json });
  }
  const trainer = trainers.find(({ name }) => name === to);
  if (trainer === undefined) {
    const names = trainers.map(({ name }) => name).join(", ");
    throw badUsage(`--to: expected one of ${names}, got ${to ?? "nothing"}.`);
  }
  const known = trainingKinds.find((one) => one === kind);
  if (known === undefined) {
    throw badUsage(`--kind: expected one of ${trainingKinds.join(", ")}, cassette, got ${kind}.`);
  }
  const { exportData } = await import("../../runs/export/export-data.ts");
  const written = await exportData(directory, {
    trainer,
    kind: known,
    file: fileIn(file),
    split: shareIn(split),
    gates: gatesFor(known, values),
    force,
  });
  if (json) process.stdout.write(`${JSON.stringify(written)}\n`);
  else process.stdout.write(exportText(written, trainer));
  return 0;
}

async function writeCassette(
  directory: string,
  file: string,
  { force, json }: { readonly force: boolean; readonly json: boolean },
): Promise<number> {
  const { exportCassette } = await import("../../runs/datasets/export-cassette.ts");
  const { rows, calls } = await exportCassette(directory, file, { force });
  const text = json
    ? JSON.stringify({ rows, calls })
    : `${file}: ${counted(calls, "call")} of ${counted(rows, "row")}`;
  process.stdout.write(`${text}\n`);
  return 0;
}

function exportText(
  { rows, files, leftOut, gates, prompts, companion }: ExportResult,
  trainer: Trainer,
): string {
  const lines = files.map(({ name, lines: count }) => `  ${name}: ${counted(count, "line")}`);
  const failed = rows.failed === 0 ? "" : `, ${rows.failed} failed`;
  const empty = rows.empty === 0 ? "" : `, ${rows.empty} without data of this kind`;
  return [
    `For ${trainer.name}${trainer.version === null ? "" : ` ${trainer.version}`}, from ` +
      `${counted(rows.read, "row")}${failed}${empty}:`,
    ...lines,
    `  ${companion}: settings for ${trainer.name}`,
    ...(prompts === null
      ? []
      : [`Split by prompt: ${prompts.train} train, ${prompts.test} held out.`]),
    ...(gates === null ? [] : gatesText({ data: gates })),
    ...leftOut.map(
      ({ reason, detail, lines: count }) =>
        `LEFT OUT  ${counted(count, "record")}, ${reason}: ${detail}`,
    ),
    "",
  ].join("\n");
}

function gatesFor(
  kind: TrainingKind,
  values: Parameters<typeof gateOptions>[0],
): GateOptions | undefined {
  const gates = gateOptions(values);
  const ofPairs = gates?.keep === undefined ? gates?.certify && "--certify" : "--keep";
  if (ofPairs === undefined || kind === "dpo" || kind === "reward" || kind === "ranking") {
    return gates;
  }
  throw badUsage(
    `${ofPairs}: it is about pairs; expected --kind dpo, reward or ranking, got ${kind}.`,
  );
}

function fileIn(file: string | undefined): string {
  if (file === undefined) throw badUsage("--file FILE is missing.");
  return file;
}

function shareIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (share > 0 && share < 1) return share;
  throw badUsage(`--split: expected a share over 0 and under 1, as 0.9 (got ${text}).`);
}

function badUsage(problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${problem}\n${usage}`);
}

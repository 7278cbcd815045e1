import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promptKey, toPairRow } from "../../../datasets/rows/pair-row.ts";
import { evaluate } from "../../../runs/evaluate/evaluate.ts";
import type { Verdict } from "../../../state/verdict.ts";
import type { Preference } from "../../../statistics/estimates/preference.ts";
import { silent } from "../../workspace.ts";

/** A row that a recorded judge decided, and people labelled. */
export type RecordedRow = Verdict & {
  readonly label: Preference;
  readonly labels: Readonly<Record<string, Preference>>;
  /** Rows of one prompt have one name here. */
  readonly cluster: string;
};

export type RecordedJudge = {
  readonly set: string;
  readonly judge: string;
  readonly rows: readonly RecordedRow[];
};

/**
 * The verdicts of every judge that was recorded over a labelled set, through `evaluate`, its
 * answers from cassettes. The first of several verdicts of an answer counts, and nothing is asked
 * again, as in the published figures.
 */
export async function recordedJudges(
  data: string,
  strategy: "combined-10" | "direct" = "combined-10",
): Promise<RecordedJudge[]> {
  const judges: RecordedJudge[] = [];
  for (const set of labelledSets(data, strategy)) {
    for (const file of readdirSync(join(data, set, "cassettes", strategy)).toSorted()) {
      const rows = await judgeRecorded(data, { set, strategy, file });
      judges.push({ set, judge: file.replace(/\.jsonl$/, ""), rows });
    }
  }
  return judges;
}

function labelledSets(data: string, strategy: string): string[] {
  return readdirSync(data, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => {
      const files = readdirSync(join(data, name));
      if (!files.includes("pairs.jsonl") || !files.includes("cassettes")) return false;
      return readdirSync(join(data, name, "cassettes")).includes(strategy);
    })
    .toSorted();
}

type Recording = { readonly set: string; readonly strategy: string; readonly file: string };

async function judgeRecorded(data: string, recording: Recording): Promise<RecordedRow[]> {
  const { set, strategy, file } = recording;
  const directory = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
  const [name = ""] = strategy.split("-");
  try {
    await evaluate("topologies/judge.yaml", {
      input: join(data, set, "pairs.jsonl"),
      directory,
      models: [`replay:${join(data, set, "cassettes", strategy, file)}`],
      sets: [`strategy=${name}`, "reasks=0", "reading=first"],
      concurrency: 32,
      fresh: false,
      salvage: false,
      environment: {},
      progress: silent,
    });
    return readFileSync(join(directory, "rows.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .flatMap(readRow);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readRow(line: string, number: number): RecordedRow[] {
  const { input, ...row } = JSON.parse(line);
  const pair = toPairRow({ number, place: `row ${number}`, value: input });
  if (!pair.ok || row.label === undefined) return [];
  return [{ labels: {}, ...row, cluster: promptKey(pair.row) }];
}

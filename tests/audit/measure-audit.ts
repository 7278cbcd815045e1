import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { disagreementWith } from "../../runs/audit/disagreement.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import type { Verdict } from "../../state/verdict.ts";

// npm run bench:audit -- RUN [--draws 200]: RUN is a directory of `evaluate` over pairs with several
// people's labels, by an evaluator of scale 10. Flips a share of the labels on which all people
// agree, and prints the precision and recall of flagging them, by threshold.

type Row = Verdict & {
  readonly label?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

const { values, positionals } = parseArgs({
  options: { draws: { type: "string", default: "200" } },
  allowPositionals: true,
});
const draws = Number(values.draws);
const [run = ""] = positionals;
const rows = readFileSync(join(resolve(run), "rows.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line): Row => JSON.parse(line));
const pairs = rows.flatMap((row) => {
  const said = new Set(Object.values(row.labels ?? {}));
  const { label } = row;
  return said.size === 1 && (label === "a" || label === "b") ? [{ row, label } as const] : [];
});

process.stdout.write(`${pairs.length} pairs with unanimous people, ${draws} draws\n`);
process.stdout.write("| flipped | threshold | precision | recall |\n| --- | --- | --- | --- |\n");
for (const share of [0.05, 0.1, 0.2]) {
  for (const threshold of [0, 0.05, 0.1, 0.15, 0.2, 0.3]) {
    let [found, flagged, flipped] = [0, 0, 0];
    for (let draw = 0; draw < draws; draw += 1) {
      const random = createRandom(`flip:${draw}`);
      const order = pairs.map((pair) => ({ pair, at: random() })).toSorted((a, b) => a.at - b.at);
      const most = Math.round(share * pairs.length);
      for (const [at, { pair }] of order.entries()) {
        const isFlipped = at < most;
        const other = pair.label === "a" ? "b" : "a";
        const disagreement = disagreementWith(isFlipped ? other : pair.label, pair.row, 10);
        const isFlagged = disagreement !== null && disagreement > threshold;
        flipped += isFlipped ? 1 : 0;
        flagged += isFlagged ? 1 : 0;
        found += isFlipped && isFlagged ? 1 : 0;
      }
    }
    const cells = [
      `${100 * share} %`,
      String(threshold),
      percent(found, flagged),
      percent(found, flipped),
    ];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  }
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(0)} %`;
}

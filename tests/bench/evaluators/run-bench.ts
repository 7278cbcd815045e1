import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { markdownTable } from "../../../datasets/export/markdown-table.ts";
import { arms } from "./arms.ts";

// npm run bench:evaluators -- [ARM …] [--simulated] [--data DIR] [--draws 1000]: how far evaluators
// and what is built on them can be trusted, on recorded judges with people's labels and in
// simulated worlds with a planted truth. Without DIR only the simulated worlds are measured.

const { values, positionals } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    draws: { type: "string", default: "1000" },
    simulated: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const { data, simulated } = values;
const hasData = existsSync(data);
const wanted = arms.filter(
  ({ name, world }) =>
    (positionals.length === 0 || positionals.includes(name)) &&
    (world === "simulated" || (!simulated && hasData)),
);
const unknown = positionals.filter((name) => !arms.some((arm) => arm.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `Expected arms among ${arms.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}.\n`,
  );
  process.exitCode = 2;
} else {
  if (!hasData && !simulated) process.stdout.write(`${data} is absent: simulated worlds alone.\n`);
  const missed: string[] = [];
  for (const { name, about, measure } of wanted) {
    process.stdout.write(`\n## ${name}\n\n${about}\n\n`);
    const figures = await measure({ data, draws: Number(values.draws) });
    const rows = figures.map(({ of, figure, value, goal, isMet }) => {
      if (isMet === false) missed.push(`${name}: ${of}, ${figure}: ${value} instead of ${goal}`);
      return [of, figure, value, goal, isMet === null ? "" : isMet ? "yes" : "no"];
    });
    process.stdout.write(`${markdownTable(["of", "figure", "value", "goal", "met"], rows)}\n`);
  }
  if (missed.length > 0) process.stdout.write(`\nNot met:\n- ${missed.join("\n- ")}\n`);
}

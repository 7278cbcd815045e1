import { runCommand } from "../../scripts/command-line/command.ts";
import { parseOptions } from "../../scripts/command-line/parse-options.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { FaultCase } from "./fault-case.ts";
import { faultTable } from "./fault-table.ts";
import { runCase, type CaseResult } from "./run-case.ts";

const usage = "Usage: npm run fault -- [--seed S] [--only NAME,…] [--short] [--list] [--json]";
const help = `${usage}

Breaks runs in every way of the fault table, and says of each whether what must hold held. Nothing leaves the machine: a
server on loopback plays the providers. The whole table takes an hour or two; each figure wants the machine to itself.

Examples:
  npm run fault
  npm run fault -- --only hung-sockets,broken-bodies --seed 7
  npm run fault -- --short --json

Options:
  --seed S       all that is random comes from it, so that a failure can be had again (default 1)
  --only NAME,…  these cases alone
  --short        a few rounds of each, as in npm test
  --list         the cases with what they do and what must hold, and nothing is run
  --json         one JSON object a case on standard output
  --help         this text

Exit codes: 0 every promise was kept · 1 some was not · 2 bad usage.
`;

// The commands of a case are in process groups of their own, and end with this process's exit, not
// with its signals.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

await runCommand(async () => {
  const { values, positionals } = parseOptions(process.argv.slice(2), usage, {
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    short: { type: "boolean" },
    list: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length > 0)
    throw new FellowshipError("bad_usage", `No argument expected.\n${usage}`);
  const seed = wholeNumber(values.seed);
  const cases = chosen(values.only);
  if (values.list === true) {
    for (const one of cases) process.stdout.write(described(one));
    return 0;
  }
  const size = values.short === true ? "short" : "full";
  let broken = 0;
  for (const one of cases) {
    if (size === "short" && one.isLongOnly === true && values.only === undefined) continue;
    const result = await runCase(one, { seed, size });
    broken += result.violations.length;
    process.stdout.write(
      values.json === true ? `${JSON.stringify({ seed, size, ...result })}\n` : line(result),
    );
  }
  if (values.json !== true) process.stdout.write(closing(broken, seed));
  return broken > 0 ? 1 : 0;
});

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new FellowshipError("bad_usage", `--seed: expected a whole number, got "${text}".`);
}

function chosen(only: string | undefined): readonly FaultCase[] {
  if (only === undefined) return faultTable;
  return only.split(",").map((name) => {
    const one = faultTable.find((candidate) => candidate.name === name);
    if (one !== undefined) return one;
    const known = faultTable.map((candidate) => candidate.name).join(", ");
    throw new FellowshipError("bad_usage", `--only: no case "${name}"; there are ${known}.`);
  });
}

function described({ name, fault, promise, isLongOnly }: FaultCase): string {
  return (
    `${name}${isLongOnly === true ? " (long only)" : ""}\n  ${fault}\n  must hold: ` +
    `${promise}\n`
  );
}

function line({ name, rounds, violations, figures, seconds }: CaseResult): string {
  const told = Object.entries(figures).map(([label, value]) => `${label} ${shown(value)}`);
  const verdict = violations.length === 0 ? "ok  " : "FAIL";
  const head =
    `${verdict} ${name.padEnd(22)} ${rounds} rounds, ${violations.length} violations, ` +
    `${seconds} s`;
  return [
    head,
    ...told.map((one) => `       ${one}`),
    ...violations.map((one) => `     ! ${one}`),
    "",
  ].join("\n");
}

function shown(value: number | string): string {
  return typeof value === "string" || Number.isInteger(value) ? String(value) : value.toFixed(3);
}

function closing(broken: number, seed: number): string {
  return broken === 0
    ? "Every promise was kept.\n"
    : `${broken} violations; --seed ${seed} has them again.\n`;
}

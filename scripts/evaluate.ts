import { join } from "node:path";
import { readRunOptions, refuseGates, runOptionsHelp } from "./command-line/run-options.ts";

const usage =
  "Usage: fellowship evaluate TOPOLOGY [TOPOLOGY …] --input pairs.jsonl --out DIR [options]";
export const help = `${usage}

Verdicts by an evaluator topology (judge, jury, debate) over pairs of responses: win rate always, agreement with people
where the pairs carry labels, and the biases of position, length and family without being asked. Several topologies
give one table, each with a directory of its own in DIR.

TOPOLOGY is a topology file, or a module (.ts, .js) that defines one in code (docs/custom-nodes.md).

Examples:
  fellowship evaluate judge --input pairs.jsonl --out out/judge
  fellowship evaluate judge --input pairs.jsonl --out out/both --set orders=both --set scale=100
  fellowship evaluate judge topologies/jury.yaml topologies/debate.yaml --input pairs.jsonl --out out/three

Options:
  --input FILE         pairs: JSONL, JSON, CSV or Parquet, {"id"?, "prompt" | "messages", "a": {"text"}, "b": {"text"}, "labels"?}
                       a path, hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT] or https://…
  --out DIR            where everything goes
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const options = readRunOptions(argv, usage);
  refuseGates(options, "evaluate");
  const { evaluate, evaluateAll, forecastEvaluate, forecastEvaluateAll } =
    await import("../runs/evaluate/evaluate.ts");
  const [only = "", ...others] = options.topologies;
  if (options.dryRun) {
    const { printForecast } = await import("./command-line/print-forecast.ts");
    const forecasts =
      others.length === 0
        ? [["", await forecastEvaluate(only, options)] as const]
        : await forecastEvaluateAll(options.topologies, options);
    printForecast(forecasts, options);
    return 0;
  }
  const { evaluationText, evaluatorsText } = await import("../report/evaluation-text.ts");
  const { missingRowsText, printEnd, tellEnd } = await import("./command-line/print-end.ts");
  const people = options.json ? process.stderr : process.stdout;
  if (others.length === 0) {
    const end = await evaluate(only, options);
    people.write(`${missingRowsText(end)}${evaluationText(end.summary)}\n\n`);
    printEnd(end, options);
    return end.exitCode;
  }
  const compared = await evaluateAll(options.topologies, options);
  for (const end of compared.evaluators) {
    people.write(`── ${end.name} ──\n${missingRowsText(end)}${evaluationText(end.summary)}\n\n`);
    tellEnd(end, end.directory, people);
    people.write("\n");
  }
  people.write(`${evaluatorsText(compared)}\n`);
  for (const name of ["comparison.md", "comparison.json", "report.html"]) {
    people.write(`${join(options.directory, name)}\n`);
  }
  if (options.json) {
    const summaries = compared.evaluators.map(({ name, summary }) => [name, summary]);
    process.stdout.write(
      `${JSON.stringify({ evaluators: Object.fromEntries(summaries), best: compared.best })}\n`,
    );
  }
  // The gravest end is the command's: a stop before failed rows before a clean one.
  return Math.max(...compared.evaluators.map(({ exitCode }) => exitCode));
}

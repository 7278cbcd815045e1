import { evaluationText, evaluatorsText } from "../report/evaluation-text.ts";
import {
  evaluate,
  evaluateAll,
  forecastEvaluate,
  forecastEvaluateAll,
} from "../runs/evaluate/evaluate.ts";
import { runCommand } from "./command-line/command.ts";
import { printForecast } from "./command-line/print-forecast.ts";
import { printEnd, tellEnd } from "./command-line/print-end.ts";
import { readRunOptions, runOptionsHelp } from "./command-line/run-options.ts";

const usage =
  "Usage: npm run evaluate -- TOPOLOGY [TOPOLOGY …] --input pairs.jsonl --out DIR [options]";
const help = `${usage}

Verdicts by an evaluator topology (judge, jury, debate) over pairs of responses: win rate always, agreement with people
where the pairs carry labels, and the biases of position, length and family without being asked. Several topologies
give one table, each with a directory of its own in DIR.

TOPOLOGY is a topology file, or a module (.ts, .js) that defines one in code (docs/own-nodes.md).

Examples:
  npm run evaluate -- topologies/judge.yaml --input pairs.jsonl --out out/judge
  npm run evaluate -- topologies/judge.yaml --input pairs.jsonl --out out/both --set orders=both --set scale=100
  npm run evaluate -- topologies/judge.yaml topologies/jury.yaml topologies/debate.yaml --input pairs.jsonl --out out/three

Options:
  --input FILE         pairs: JSONL, JSON, CSV or Parquet, {"id"?, "prompt" | "messages", "a": {"text"}, "b": {"text"}, "labels"?}
  --out DIR            where everything goes
${runOptionsHelp}
`;

await runCommand(async (argv) => {
  const options = readRunOptions(argv, usage);
  if (options === null) {
    process.stdout.write(help);
    return 0;
  }
  if (options.dryRun) {
    const [topology = "", ...more] = options.topologies;
    const forecasts =
      more.length === 0
        ? [["", await forecastEvaluate(topology, options)] as const]
        : await forecastEvaluateAll(options.topologies, options);
    printForecast(forecasts, options);
    return 0;
  }
  const people = options.json ? process.stderr : process.stdout;
  const [only = "", ...others] = options.topologies;
  if (others.length === 0) {
    const end = await evaluate(only, options);
    people.write(`${evaluationText(end.summary)}\n\n`);
    printEnd(end, options);
    return end.exitCode;
  }
  const compared = await evaluateAll(options.topologies, options);
  for (const end of compared.evaluators) {
    people.write(`── ${end.name} ──\n${evaluationText(end.summary)}\n\n`);
    tellEnd(end, end.directory, people);
    people.write("\n");
  }
  people.write(`${evaluatorsText(compared)}\n`);
  if (options.json) {
    const summaries = compared.evaluators.map(({ name, summary }) => [name, summary]);
    process.stdout.write(
      `${JSON.stringify({ evaluators: Object.fromEntries(summaries), best: compared.best })}\n`,
    );
  }
  // The gravest end is the command's: a stop before failed rows before a clean one.
  return Math.max(...compared.evaluators.map(({ exitCode }) => exitCode));
});

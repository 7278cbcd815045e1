import { join } from "node:path";
import type { ComparedEvaluators } from "../../runs/evaluate/evaluate.ts";
import { printable } from "../../runs/progress/progress.ts";
import { shellWord } from "../../state/shell-word.ts";
import { forecastWatched } from "../command-line/forecast-watched.ts";
import { wrapped } from "../command-line/wrapped.ts";
import {
  readRunOptions,
  refuseGates,
  refuseSentinel,
  runOptionsHelp,
  sentinelOptionsHelp,
} from "../command-line/run-options.ts";

const usage =
  "Usage: fellowship evaluate TOPOLOGY [TOPOLOGY …] --input pairs.jsonl --out DIR [options]";
export const help = `${usage}

Verdicts by an evaluator topology (judge, jury, debate) over pairs of responses: win rate always,
agreement with people where the pairs carry labels, and the biases of position, length and family
without being asked. Several topologies give one table, each with a directory of its own in DIR.

TOPOLOGY is a topology file, or a module (.ts, .js) that defines one in code (docs/custom-nodes.md).

Examples:
  fellowship evaluate judge --input pairs.jsonl --out out/judge
  fellowship evaluate judge --input pairs.jsonl --out out/both --set orders=both --set scale=100
  fellowship evaluate judge topologies/jury.yaml topologies/debate.yaml \\
    --input pairs.jsonl --out out/three

Options:
  --input FILE         pairs: JSONL, JSON, CSV or Parquet,
                       {"id"?, "prompt" | "messages", "a": {"text"}, "b": {"text"}, "labels"?};
                       a path, hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT] or https://…
  --out DIR            where everything goes
${sentinelOptionsHelp}
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const options = readRunOptions(argv, usage);
  refuseGates(options, "evaluate");
  const { evaluate, evaluateAll, forecastEvaluate, forecastEvaluateAll } =
    await import("../../runs/evaluate/evaluate.ts");
  const [only = "", ...others] = options.topologies;
  if (others.length > 0) refuseSentinel(options, "evaluate with several topologies");
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    const forecasts =
      others.length === 0
        ? await forecastWatched(only, options, forecastEvaluate)
        : await forecastEvaluateAll(options.topologies, options);
    printForecast(forecasts, options);
    return 0;
  }
  const { evaluationText, evaluatorsText } = await import("../../report/evaluation-text.ts");
  const { printEnd, tellEnd } = await import("../command-line/print-end.ts");
  const people = options.json ? process.stderr : process.stdout;
  if (others.length === 0) {
    const { sentinel } = options;
    const command = { run: evaluate, forecast: forecastEvaluate };
    const { runWithSentinel } = await import("../../runs/sentinel/run-with-sentinel.ts");
    const end =
      sentinel === undefined
        ? await evaluate(only, options)
        : await runWithSentinel(command, only, { ...options, sentinel });
    people.write(`${evaluationText(end.summary)}\n\n${resultsText(end, people)}\n\n`);
    printEnd(end, options);
    return end.exitCode;
  }
  const compared = await evaluateAll(options.topologies, options);
  for (const end of compared.evaluators) {
    people.write(`── ${end.name} ──\n${evaluationText(end.summary)}\n\n`);
    tellEnd(end, end.directory, people, { isOneOfSeveral: true });
    people.write("\n");
  }
  people.write(`${evaluatorsText(compared)}\n`);
  for (const name of ["comparison.md", "comparison.json", "report.html"]) {
    people.write(`${join(options.directory, name)}\n`);
  }
  people.write(`${nextOfSeveral(compared, options.directory)}\n`);
  if (options.json) {
    const summaries = compared.evaluators.map(({ name, summary }) => [name, summary]);
    process.stdout.write(
      `${JSON.stringify({ evaluators: Object.fromEntries(summaries), best: compared.best })}\n`,
    );
  }
  // The gravest end is the command's: a stop before failed rows before a clean one.
  return Math.max(...compared.evaluators.map(({ exitCode }) => exitCode));
}

function resultsText(
  { results }: { readonly results: readonly string[] },
  people: NodeJS.WriteStream,
) {
  return wrapped(printable(results.join("\n")), people);
}

/** What to open, and a command that shows rows of the best evaluator. */
function nextOfSeveral({ evaluators, best }: ComparedEvaluators, directory: string): string {
  const shown = evaluators.find(({ name }) => name === best?.first) ?? evaluators[0];
  const page = `Next, open ${join(directory, "report.html")} in a browser`;
  if (shown === undefined) return `${page}.`;
  const mark = shown.summary.agreement === undefined ? "tie" : "disagree";
  return `${page}, or:\n  fellowship show ${shellWord(shown.directory)} --where ${mark}`;
}

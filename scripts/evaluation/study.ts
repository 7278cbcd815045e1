import { FellowshipError } from "../../state/fellowship-error.ts";
import {
  gateOptionsHelp,
  readOwnOptions,
  refuseSentinel,
  refuseShard,
  runOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship study PLAN --out DIR [options]";
export const help = `${usage}

The whole study: all evaluators over labelled pairs, and the one that agrees with people best; all
generators and baselines over the study's prompts, compared with each other by that evaluator; then
the data set with both. Among those within noise of the best the cheapest is taken. decision.json
and decision.md say what was chosen and why.

PLAN is a YAML file. Files that it names are looked up next to it first:
  graph: study
  evaluators: [ { file: judge.yaml }, { file: jury.yaml } ]
  labelled: pairs.jsonl                      pairs with people's labels
  generators: [ { file: feedback-loop.yaml } ]
  baselines: [ { file: single.yaml } ]       compared too, but never chosen
  study: { input: prompts.jsonl, limit: 500 }
  produce: { input: prompts.jsonl }
  choose: { evaluator: judge.yaml }          a choice made beforehand; the study still measures
  equalTokens: true                          a single model with the same tokens (the best of N by
                                             the same evaluator) beside every multi-agent generator

Every stage is a run of its own in DIR (evaluators/, generators/, comparison/, data/), with one
budget for all. After a change of the plan the same command runs only what changed.

Examples:
  fellowship study plan.yaml --out out/study --dry-run
  fellowship study plan.yaml --out out/study --budget 20

Options:
  --out DIR            where everything goes
${gateOptionsHelp}
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options } = readOwnOptions(argv, usage, {
    own: {},
    positional: "PLAN",
    takesInput: false,
  });
  refuseSentinel(options, "study");
  refuseShard(options, "study", "it chooses by the figures of whole runs");
  if (options.push !== undefined) {
    throw new FellowshipError(
      "bad_usage",
      "--push: a study doesn't push. Give its data set's own command again, with --push.",
    );
  }
  const [plan = "", ...others] = options.topologies;
  if (others.length > 0) throw new FellowshipError("bad_usage", `Expected one plan.\n${usage}`);
  if (options.dryRun) {
    const { forecastStudy } = await import("../../runs/study/forecast-study.ts");
    const { printForecast } = await import("../command-line/print-forecast.ts");
    printForecast(await forecastStudy(plan, options), options);
    return 0;
  }
  const { study } = await import("../../runs/study/study.ts");
  const { decisionText } = await import("../../report/decision-text.ts");
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const end = await study(plan, options);
  const people = options.json ? process.stderr : process.stdout;
  people.write(`${wrapped(decisionText(end.summary.decision), people)}\n\n`);
  printEnd(end, options);
  return end.exitCode;
}

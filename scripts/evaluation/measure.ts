import { FellowshipError } from "../../state/fellowship-error.ts";
import { findFile } from "../../state/files/find-file.ts";
import { checkStyle, type MeasureOptions } from "../../runs/measure/measure-options.ts";
import {
  readOwnOptions,
  refuseSentinel,
  refuseShard,
  runOptionsHelp,
  type RunOptions,
} from "../command-line/run-options.ts";

const usage = `Usage: fellowship measure --style mt-bench|alpaca-eval --questions FILE
         (--model SPEC | --answers FILE) --evaluator FILE --out DIR [options]`;
export const help = `${usage}

Measures a model as papers do, on your benchmark files:
  mt-bench       two turns; each answer is graded by itself out of 10, by a judge or a jury; scores
                 by turn and category
  alpaca-eval    win rate against a baseline's outputs, raw and length-controlled

Several --model and --answers on the same questions give paired differences with intervals: two
models, or one before and after training.

Examples:
  fellowship measure --style mt-bench --questions question.jsonl --references gpt-4.jsonl \\
    --model ollama:gemma2:9b --evaluator judge --out out/mt-bench
  fellowship measure --style mt-bench --questions question.jsonl --answers before.jsonl \\
    --answers after.jsonl --evaluator judge --out out/before-after
  fellowship measure --style alpaca-eval --questions alpaca_eval.json --baseline gpt4.json \\
    --answers mine.json --evaluator judge --out out/alpaca

Options:
  --style STYLE        mt-bench or alpaca-eval
  --questions FILE     FastChat's question.jsonl, or AlpacaEval's JSON
  --model SPEC         a model to measure (repeatable); --model AGENT=SPEC is the evaluator's
  --answers FILE       answers to measure instead (repeatable): FastChat's model_answer, or
                       AlpacaEval's outputs
  --references FILE    mt-bench: FastChat's reference_answer; otherwise the question file's own
  --baseline FILE      alpaca-eval: the outputs to compare with
  --evaluator FILE     the evaluator topology. mt-bench scores each answer alone whatever its
                       strategy says; alpaca-eval asks both orders unless its file says otherwise
  --set agents.generator.KEY=VALUE   a setting of the measured model (temperature is 0)
  --out DIR            where everything goes: measure.md, summary.json, scores.jsonl, the answers
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, own } = readOwnOptions(argv, usage, {
    own: {
      style: { type: "string" },
      questions: { type: "string" },
      answers: { type: "string", multiple: true },
      references: { type: "string" },
      baseline: { type: "string" },
      evaluator: { type: "string" },
    },
    positional: null,
    takesInput: false,
  });
  refuseSentinel(options, "measure");
  refuseShard(options, "measure", "its scores are of all questions together");
  const { evaluator, asked } = measureOptions(options, own);
  const { forecastMeasure, measure } = await import("../../runs/measure/measure.ts");
  checkStyle(asked);
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    printForecast(await forecastMeasure(evaluator, asked), options);
    return 0;
  }
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const end = await measure(evaluator, asked);
  const people = options.json ? process.stderr : process.stdout;
  people.write(`${wrapped(printable(end.results.join("\n")), people)}\n\n`);
  printEnd(end, options);
  return end.exitCode;
}

function measureOptions(options: RunOptions, own: Readonly<Record<string, unknown>>) {
  const required = (name: "style" | "questions" | "evaluator") => {
    const value = own[name];
    if (typeof value === "string" && value !== "") return value;
    throw new FellowshipError("bad_usage", `--${name} is missing.\n${usage}`);
  };
  const style = required("style");
  if (style !== "mt-bench" && style !== "alpaca-eval") {
    throw new FellowshipError(
      "bad_usage",
      `--style: expected mt-bench or alpaca-eval, got "${style}".`,
    );
  }
  const file = (name: string) => {
    const value = own[name];
    return typeof value === "string" ? findFile(value) : undefined;
  };
  const { models = [] } = options;
  const isAgents = (model: string) => /^[^:=]+=/.test(model);
  const answers = (own["answers"] ?? []) as readonly string[];
  const asked: MeasureOptions = {
    ...options,
    models: models.filter(isAgents),
    style,
    questions: findFile(required("questions")),
    measured: [
      ...answers.map((path) => ({ answers: findFile(path) })),
      ...models.filter((model) => !isAgents(model)).map((spec) => ({ spec })),
    ],
    references: file("references"),
    baseline: file("baseline"),
  };
  return { evaluator: required("evaluator"), asked };
}

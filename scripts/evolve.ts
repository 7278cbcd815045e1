import type { EvolutionSummary } from "../runs/evolve/evolution-outputs.ts";
import { evolve, forecastEvolve } from "../runs/evolve/evolve.ts";
import { runOneTopology } from "./command-line/one-topology.ts";
import { runOptionsHelp } from "./command-line/run-options.ts";

const usage = "Usage: npm run evolve -- TOPOLOGY --input data.json --out DIR [options]";
const help = `${usage}

CoEvol over instruction data: two debaters argue about each answer, an advisor turns what is credible into suggestions, an
editor rewrites, and a judge decides whether the rewrite is better. A chain of topologies may stand in its place. DIR gets evolved.json or evolved.jsonl, the input in its
own shape and order with the improved answers in it; dpo as JSONL and Parquet (improved chosen, original rejected); rows.jsonl
with all that was said, and a card (README.md).

Examples:
  npm run evolve -- topologies/coevol.yaml --input examples/evolve/samples.json --out out/evolve \\
    --model replay:examples/evolve/cassette.jsonl
  npm run evolve -- topologies/coevol.yaml --input alpaca.json --out out/try --limit 20 --model openai:gpt-4o-mini
  npm run evolve -- topologies/coevol.yaml --input sharegpt.jsonl --out out/local --model ollama:gemma2:9b \\
    --set maxIterations=1 --set conversation.maxTurns=2

Options:
  --input FILE         instruction data, JSON or JSONL: {"instruction", "input"?, "output"},
                       {"conversations": [{"from": "human" | "gpt", "value"}]} or {"messages": [{"role", "content"}]}
  --out DIR            where everything goes
${runOptionsHelp}
`;

await runOneTopology({ usage, help, run: evolve, forecast: forecastEvolve, tell: improvements });

/** What became of the answers, in a line for people. */
function improvements({ rounds, meanTokens, pairs }: EvolutionSummary): string {
  const words = Object.entries(rounds).map(
    ([number, rows]) => `${rows} ${number === "0" ? "kept" : `with ${number}`}`,
  );
  const mean = (tokens: number | null) => (tokens === null ? "–" : tokens.toFixed(1));
  return (
    `Rows by accepted rewrites: ${words.join(", ")}. ${pairs} pairs. ` +
    `An answer has ${mean(meanTokens.before)} tokens before and ${mean(meanTokens.after)} after, on average.`
  );
}

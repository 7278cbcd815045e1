import {
  gateOptionsHelp,
  pushOptionsHelp,
  runOptionsHelp,
  sentinelOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship evolve TOPOLOGY --input data.json --out DIR [options]";
export const help = `${usage}

CoEvol over instruction data: two debaters argue about each answer, an advisor turns what is
credible into suggestions, an editor rewrites, and a judge decides whether the rewrite is better. A
chain of topologies may stand in its place. DIR gets evolved.json or evolved.jsonl, the input in
its own shape and order with the improved answers in it; dpo as JSONL and Parquet (improved chosen,
original rejected); rows.jsonl with all that was said, and a card (README.md).

Examples:
  fellowship evolve coevol --input examples/evolve/samples.json --out out/evolve \\
    --model replay:examples/evolve/cassette.jsonl
  fellowship evolve coevol --input alpaca.json --out out/try --limit 20 --model openai:gpt-4o-mini
  fellowship evolve coevol --input sharegpt.jsonl --out out/local --model ollama:gemma2:9b \\
    --set maxIterations=1 --set conversation.maxTurns=2

Options:
  --input FILE         instruction data, JSON or JSONL: {"instruction", "input"?, "output"},
                       {"conversations": [{"from": "human" | "gpt", "value"}]} or
                       {"messages": [{"role", "content"}]}; a path,
                       hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT] or https://…
  --out DIR            where everything goes
${gateOptionsHelp}
${pushOptionsHelp}
${sentinelOptionsHelp}
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { runOneTopology } = await import("../command-line/one-topology.ts");
  const { evolve, forecastEvolve } = await import("../../runs/evolve/evolve.ts");
  const { evolutionText } = await import("../../report/evolution-text.ts");
  return runOneTopology(argv, {
    usage,
    run: evolve,
    forecast: forecastEvolve,
    tell: evolutionText,
  });
}

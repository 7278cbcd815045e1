import { forecastGenerate, generate } from "../runs/generate/generate.ts";
import { runOneTopology } from "./command-line/one-topology.ts";
import { runOptionsHelp } from "./command-line/run-options.ts";

const usage = "Usage: npm run generate -- TOPOLOGY --input prompts.jsonl --out DIR [options]";
const help = `${usage}

Responses by a generator topology, judged, written as preference data: DIR gets dpo, kto and sft as JSONL and Parquet,
the same for the loop's members in multi-agent/, rows.jsonl with all that was said, and a card (README.md).

TOPOLOGY is a topology file, or a module (.ts, .js) that defines one in code (docs/own-nodes.md).

Examples:
  npm run generate -- topologies/feedback-loop.yaml --input prompts.jsonl --out out/loop
  npm run generate -- topologies/feedback-loop.yaml --input prompts.jsonl --out out/local --model ollama:gemma2:9b
  npm run generate -- topologies/feedback-loop.yaml --input prompts.jsonl --out out/try --limit 20 \\
    --model generator=openai:gpt-4o-mini --set iterations=2
  npm run generate -- topologies/feedback-loop.yaml --input prompts.jsonl --out out/longer \\
    --set iterations=4 --reuse out/loop

Options:
  --input FILE         prompts: JSONL, JSON, CSV or Parquet, {"id"?, "prompt"} or {"id"?, "messages"}
  --out DIR            where everything goes
${runOptionsHelp}
`;

await runOneTopology({ usage, help, run: generate, forecast: forecastGenerate });

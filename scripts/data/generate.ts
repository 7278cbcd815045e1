import {
  gateOptionsHelp,
  pushOptionsHelp,
  runOptionsHelp,
  sentinelOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship generate TOPOLOGY --input prompts.jsonl --out DIR [options]";
export const help = `${usage}

Responses by a generator topology, judged, written as preference data: DIR gets dpo, kto and sft as
JSONL and Parquet, the same for the loop's members in multi-agent/, rows.jsonl with all that was
said, and a card (README.md).

TOPOLOGY is a topology file, or a module (.ts, .js) that defines one in code (docs/custom-nodes.md).

Examples:
  fellowship generate feedback-loop --input prompts.jsonl --out out/loop
  fellowship generate feedback-loop --input prompts.jsonl --out out/local --model ollama:gemma2:9b
  fellowship generate feedback-loop --input prompts.jsonl --out out/try --limit 20 \\
    --model generator=openai:gpt-4o-mini --set iterations=2
  fellowship generate feedback-loop --input prompts.jsonl --out out/longer \\
    --set iterations=4 --reuse out/loop
  fellowship generate feedback-loop --input hf://HuggingFaceH4/ultrafeedback_binarized/train_prefs \\
    --out out/hub --limit 100

Options:
  --input FILE         prompts: JSONL, JSON, CSV or Parquet, {"id"?, "prompt"} or
                       {"id"?, "messages"}; a path, hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT]
                       or https://…
  --out DIR            where everything goes
${gateOptionsHelp}
${pushOptionsHelp}
${sentinelOptionsHelp}
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { runOneTopology } = await import("../command-line/one-topology.ts");
  const { forecastGenerate, generate } = await import("../../runs/generate/generate.ts");
  const { generationText } = await import("../../report/generation-text.ts");
  return runOneTopology(argv, {
    usage,
    run: generate,
    forecast: forecastGenerate,
    tell: generationText,
  });
}

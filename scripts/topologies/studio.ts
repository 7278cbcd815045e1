import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship studio [--port N] [--model SPEC] [--budget USD] [--state DIR]";
export const help = `${usage}

Serves every graph to LangGraph Studio, on loopback: judge, jury, debate, single, feedback-loop,
coevol and chain, and an assistant for each topology file of theirs. A run's input holds
\`settings\`: the models by agent, iterations, strategy and the like, each with the topology's own
value as its default. Threads are kept, and can be forked by editing a state: a review, say.

Studio itself is a page of LangSmith's that talks to this server from your browser; the address is
printed. No other page may, and nothing is sent to LangSmith unless LANGSMITH_TRACING=true.

Examples:
  fellowship studio --model sim:studio                  # no key: simulated models for all agents
  fellowship studio --model judge=ollama:gemma2:9b --budget 0.20

Options:
  --port N             default 2024
  --model AGENT=SPEC   another default model for that agent (repeatable); --model SPEC for all
                       agents
  --budget USD         what one run may spend (default 1)
  --state DIR          where threads are kept, in a folder fellowship-studio (default:
                       .langgraph_api of this package)
  --help               this text
`;

const options = {
  port: { type: "string" },
  model: { type: "string", multiple: true },
  budget: { type: "string" },
  state: { type: "string" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  if (positionals.length > 0) {
    throw new FellowshipError("bad_usage", `Unexpected: ${positionals.join(" ")}.\n${usage}`);
  }
  const { startStudio } = await import("../../studio/start-studio.ts");
  const { budgetUsd } = await import("../../studio/run-session.ts");
  const environment = { ...process.env, FELLOWSHIP_STUDIO_BUDGET_USD: values.budget };
  if (values.budget === undefined) {
    environment.FELLOWSHIP_STUDIO_BUDGET_USD = process.env["FELLOWSHIP_STUDIO_BUDGET_USD"];
  }
  const studio = await startStudio({
    port: portNumber(values.port ?? "2024"),
    models: values.model ?? [],
    budgetUsd: budgetUsd(environment),
    directory: values.state,
  });
  process.stdout.write(`${studio.notice}\n`);
  let stoppedBy: 0 | 129 | 130 | 143 = 0;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      stoppedBy = code;
      studio.stop();
    });
  }
  const code = await studio.ended;
  return stoppedBy === 0 ? code : stoppedBy;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new FellowshipError(
    "bad_usage",
    `--port: expected a number from 1 to 65535, got "${text}".`,
  );
}

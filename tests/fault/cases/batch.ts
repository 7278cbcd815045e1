import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import { createBatchServer, type BatchServer } from "../../batch-services/batch-store.ts";
import { servedProviders, type ServedProvider } from "../../batch-services/served-providers.ts";
import { withLoopbackServer, type Script } from "../../loopback/loopback-server.ts";
import type { Reply } from "../../loopback/reply.ts";
import { review, scores } from "../../written-answers.ts";
import type { FaultCase, FaultContext } from "../fault-case.ts";
import { describeEnd } from "../interruptible-run.ts";
import { runToEnd, startSession, type FaultCommand, type Session } from "../killer.ts";
import { differingOutputs, loopTopology, outputsOf } from "../simulated-run.ts";

const mostSessions = 20;

/** Runs whose waves go as batches to a provider that is played, killed at its requests. */
export const batch: FaultCase = {
  name: "batch",
  fault: "kill -9 runs with --batch at random requests, carried out or not, on all services",
  promise: "no request is bought twice; the data is that of a live run, at the batch price",
  run: async (context) => {
    const rounds = context.size === "full" ? 10 : 1;
    const violations: string[] = [];
    let kills = 0;
    const runs = new Map<string, LiveRun>();
    for (let round = 0; round < rounds; round += 1) {
      const provider = servedProviders[round % servedProviders.length]!;
      const live = runs.get(provider.name) ?? (await runLive(provider, context));
      runs.set(provider.name, live);
      const made = await killRound(provider, live, { ...context, round });
      violations.push(
        ...made.violations.map((what) => `round ${round} (${provider.name}): ${what}`),
      );
      kills += made.kills;
    }
    return { rounds, violations, figures: { kills } };
  },
};

/** The same run without batches. */
type LiveRun = {
  readonly input: string;
  readonly bought: BatchServer["bought"];
  readonly outputs: Readonly<Record<string, string>>;
  readonly usd: number;
};

async function runLive(provider: ServedProvider, context: FaultContext): Promise<LiveRun> {
  const { directory, size } = context;
  mkdirSync(directory, { recursive: true });
  const input = join(directory, "prompts.jsonl");
  const rows = Array.from({ length: size === "full" ? 8 : 4 }, (_, index) =>
    JSON.stringify({ prompt: `Frage ${index}, 問い 👩🏽‍🚀: why?` }),
  );
  writeFileSync(input, `${rows.join("\n")}\n`);
  const server = serverOf(provider);
  const out = join(directory, `${provider.name}-live`);
  return withLoopbackServer(server.script, async ({ url }) => {
    const end = await runToEnd(commandOf(provider, url, input, out, []));
    if (end.code !== 0) throw new Error(`the live run ended with ${describeEnd(end)}`);
    return { input, bought: server.bought, outputs: dataOf(out), usd: usdOf(out) };
  });
}

async function killRound(
  provider: ServedProvider,
  live: LiveRun,
  { seed, size, round, directory }: FaultContext & { readonly round: number },
): Promise<{ violations: string[]; kills: number }> {
  const random = createRandom(`batch ${seed} ${provider.name} ${round}`);
  const server = serverOf(provider);
  const out = join(directory, `${provider.name}-${round}`);
  // A blow falls once so many requests have come since the last one.
  const blows = Array.from(
    { length: size === "full" ? 4 : 1 },
    () => 1 + Math.floor(random() * 12),
  );
  let session: Session | undefined;
  let since = 0;
  let kills = 0;
  const script: Script = async (request) => {
    since += 1;
    const isBlow = blows[kills] !== undefined && since >= blows[kills]!;
    if (!isBlow) return server.script(request);
    since = 0;
    kills += 1;
    if (random() < 0.75) await server.script(request);
    session?.kill();
    return { fault: { kind: "cut", by: "rst", afterBytes: null } } satisfies Reply;
  };
  return withLoopbackServer(script, async ({ url }) => {
    const command = commandOf(provider, url, live.input, out, ["--batch"]);
    for (let sessions = 0; sessions < mostSessions; sessions += 1) {
      const isUndisturbed = kills === blows.length;
      session = isUndisturbed ? undefined : startSession(command);
      const end = await (session?.ended ?? runToEnd(command));
      if (end.code === 0) return { violations: violationsOf(server, live, out), kills };
      if (end.signal !== "SIGKILL") {
        return { violations: [`a session ended with ${describeEnd(end)}`], kills };
      }
    }
    return { violations: [`not done after ${mostSessions} sessions`], kills };
  }).finally(() => rmSync(out, { recursive: true, force: true }));
}

function violationsOf(server: BatchServer, live: LiveRun, out: string): string[] {
  const bodies = new Set([...server.bought.keys(), ...live.bought.keys()]);
  const bills = [...bodies].filter((body) => server.bought.get(body) !== live.bought.get(body));
  const files = differingOutputs(dataOf(out), live.outputs);
  const usd = usdOf(out);
  return [
    ...(bills.length === 0 ? [] : [`${bills.length} requests on the bill differ, as ${bills[0]}`]),
    ...(server.store.batches.size > 0 ? [] : ["no batch was made"]),
    ...files.map((name) => `${name} differs`),
    ...(Math.abs(usd - live.usd / 2) < 1e-9 ? [] : [`$${usd} in batches, $${live.usd} live`]),
  ];
}

function serverOf({ dialect, speaker }: ServedProvider): BatchServer {
  return createBatchServer(dialect, {
    answer: (body) => speaker.answer({ content: said(JSON.stringify(body)) }),
  });
}

/** A function of the request alone, so that a batch brings what a live call does. */
function said(text: string): string {
  const hash = createHash("sha256").update(text).digest();
  const [one = 0, other = 0] = hash;
  if (text.includes("Score Assistant A")) return scores(1 + (one % 9), 1 + (other % 9));
  if (text.includes("Overall Score")) return review(`Change ${one}.`, 1 + (one % 9));
  return `Answer ${hash.toString("hex", 0, 4)}.`;
}

function commandOf(
  provider: ServedProvider,
  url: string,
  input: string,
  out: string,
  options: readonly string[],
): FaultCommand {
  const model = provider.name === "openai" ? "openai:gpt-4o-mini" : provider.spec;
  return {
    script: "generate",
    argv: [loopTopology, "--input", input, "--out", out, "--model", model, "--quiet", ...options],
    directory: join(out, ".."),
    environment: { ...provider.environment(url), FELLOWSHIP_BATCH_POLL_MS: "50" },
  };
}

/** The files that trainers and people read, by name. */
function dataOf(directory: string): Record<string, string> {
  const entries = Object.entries(outputsOf(directory));
  return Object.fromEntries(entries.filter(([name]) => /\.(?:jsonl|parquet)$/.test(name)));
}

function usdOf(directory: string): number {
  const text = readFileSync(join(directory, "summary.json"), "utf8");
  return (JSON.parse(text) as { cost: { usd: number } }).cost.usd;
}

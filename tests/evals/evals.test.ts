import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate } from "langsmith/evaluation";
import { describe, expect, it, onTestFinished } from "vitest";
import { agreesWithPeople } from "../../evals/evaluators/agrees-with-people.ts";
import { qualityOf } from "../../models/simulation/hidden-quality.ts";
import {
  serverKey,
  startDatasetServer,
  type DatasetServerOptions,
} from "../langsmith/dataset-server.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * Runs vitest with a config in a process of its own, its environment without any of LangSmith's or
 * a test runner's.
 */
async function runEvals(config: string, environment: Readonly<Record<string, string>>) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(LANGSMITH_|LANGCHAIN_|VITEST|NODE_ENV|TEST$|FELLOWSHIP_EVAL_)/.test(name),
  );
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--config", config], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  // The reporter colours its tables whatever its settings.
  return { code, printed: printed.replaceAll(/\u001b\[\d+m/g, "") };
}

async function startServer(options?: DatasetServerOptions) {
  const server = await startDatasetServer(options);
  onTestFinished(() => server.close());
  const environment = { LANGSMITH_ENDPOINT: server.url, LANGSMITH_API_KEY: serverKey };
  return { server, environment };
}

/** Each runs vitest in a process of its own, which loads everything anew. */
describe("npm run evals", { timeout: 180_000 }, () => {
  it("prints tables and figures by itself, and sends nothing though there is a key", async () => {
    const { server, environment } = await startServer();
    const limited = { ...environment, FELLOWSHIP_EVAL_LIMIT: "3" };
    const { code, printed } = await runEvals("evals/vitest.config.ts", limited);
    expect(printed).toContain("Nothing is sent to LangSmith");
    expect(printed).toMatch(/Fellowship judge agreement: .*: kappa .*, accuracy \d\.\d\d, n 3/);
    expect(printed).toMatch(/Fellowship loop gain: .*: loop_gain -?\d\.\d\d: better \d/);
    expect(printed).toMatch(/Fellowship CoEvol gain: .*: coevol_gain -?\d\.\d\d: better \d/);
    for (const column of ["agrees_with_people", "loop_gain", "coevol_gain"]) {
      expect(printed).toMatch(new RegExp(`│ Test .*│ ${column}`));
    }
    expect(printed.match(/│ explain-tides \(\d+ms\)/g)).toHaveLength(2);
    expect(code).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it("makes experiments in LangSmith where it is asked to, with one data set an eval", async () => {
    const { server, environment } = await startServer();
    const tracked = { ...environment, LANGSMITH_TRACING: "true", FELLOWSHIP_EVAL_LIMIT: "2" };
    const { code, printed } = await runEvals("evals/vitest.config.ts", tracked);
    expect(printed).toContain(`go to LangSmith (${server.url})`);
    expect(code).toBe(0);
    expect(server.datasets.map(({ name }) => name).sort()).toEqual([
      "Fellowship CoEvol gain: examples/evolve/samples.json",
      "Fellowship judge agreement: examples/evals/pairs.jsonl",
      "Fellowship loop gain: examples/demo/prompts.jsonl",
    ]);
    expect(server.examples).toHaveLength(6);
    expect(server.sessions).toHaveLength(3);
    const keys = server.feedback.map(({ key }) => key);
    for (const key of ["agrees_with_people", "loop_gain", "coevol_gain"]) {
      expect(keys.filter((other) => other === key)).toHaveLength(2);
    }
    expect(server.runs.length).toBeGreaterThan(6);
  });

  it("refuses to begin where tracing is on and no key is there", async () => {
    const { server } = await startServer();
    const keyless = { LANGSMITH_ENDPOINT: server.url, LANGSMITH_TRACING: "true" };
    const { code, printed } = await runEvals("evals/vitest.config.ts", keyless);
    expect(printed).toContain("LANGSMITH_API_KEY is missing; nothing was run");
    expect(code).not.toBe(0);
    expect(server.requests).toEqual([]);
  });

  it("measures a custom topology, and skips the evals of other kinds", async () => {
    const own = {
      FELLOWSHIP_EVAL_TOPOLOGY: "topologies/jury.yaml",
      FELLOWSHIP_EVAL_INPUT: "examples/evals/pairs.jsonl",
      FELLOWSHIP_EVAL_MODEL: "sim:juror",
      FELLOWSHIP_EVAL_LIMIT: "1",
    };
    const { code, printed } = await runEvals("evals/vitest.config.ts", own);
    expect(printed).toContain("loop gain: of generators alone;");
    expect(printed).toMatch(/judge agreement: .*n 1/);
    expect(printed).not.toContain("loop_gain");
    expect(code).toBe(0);
  });

  it("takes others' evaluators as they are", async () => {
    const { printed, code } = await runEvals("tests/evals/vitest.config.ts", {});
    expect(printed).toContain("Another's evaluator: same true, other false");
    expect(printed).toMatch(/│ Test .*│ exact_match/);
    expect(code).toBe(0);
  });
});

describe("the evaluators", () => {
  it("go into others' experiments as they are", async () => {
    const labels = ["a", "b"];
    const examples = labels.map((label, row) => ({
      id: `00000000-0000-4000-8000-00000000000${row}`,
      inputs: { prompt: "Why?" },
      outputs: { label },
      created_at: "2026-01-01T00:00:00Z",
      dataset_id: "00000000-0000-4000-8000-000000000009",
      runs: [],
    }));
    const results = await evaluate(async () => ({ winner: "a" }), {
      data: examples,
      evaluators: [agreesWithPeople],
      uploadRuns: false,
    });
    const scores = results.results.flatMap(({ evaluationResults }) => evaluationResults.results);
    expect(scores.map(({ key }) => key)).toEqual(["agrees_with_people", "agrees_with_people"]);
    expect(scores.filter(({ score }) => Boolean(score))).toHaveLength(1);
  });
});

describe("the pairs of the shipped sample", () => {
  it("carry the truth of the simulation as their labels", () => {
    const lines = readFileSync(join(root, "examples", "evals", "pairs.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(lines).toHaveLength(24);
    for (const line of lines) {
      const { a, b, label } = JSON.parse(line) as Record<"a" | "b", { text: string }> & {
        label: string;
      };
      const margin = qualityOf(a.text).quality - qualityOf(b.text).quality;
      expect(label).toBe(Math.abs(margin) < 0.03 ? "tie" : margin > 0 ? "a" : "b");
    }
  });
});

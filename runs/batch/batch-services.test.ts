import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Reply } from "../../tests/loopback/reply.ts";
import { answerBody } from "../../tests/batch-services/answer-body.ts";
import {
  createBatchServer,
  type BatchServer,
  type BatchServerOptions,
} from "../../tests/batch-services/batch-store.ts";
import {
  servedProviders,
  type ServedProvider,
} from "../../tests/batch-services/served-providers.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import { batchStateName } from "./wave-files/batch-state.ts";
import { waitedFor } from "./waited-for.ts";
import type { CommandOptions } from "../command-options.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const rows = 3;
const prompts = Array.from({ length: rows }, (_, index) => ({ prompt: `Question ${index}?` }));

function loop(model: string) {
  return {
    graph: "feedback-loop",
    iterations: 2,
    agents: { generator: { model }, reviewers: [{ name: "reviewer", model }] },
    evaluator: { graph: "judge", agents: { judge: { model } } },
  };
}
/** A response and its review, a second response, the choice between both. */
const callsPerRow = 4;

type Session = {
  readonly space: Workspace;
  readonly server: BatchServer;
  readonly url: string;
  readonly said: string[];
  readonly run: (out: string, changes?: Partial<CommandOptions>) => ReturnType<typeof generate>;
  readonly forecast: (changes: Partial<CommandOptions>) => ReturnType<typeof forecastGenerate>;
};

async function withSession(
  member: ServedProvider,
  options: Partial<BatchServerOptions>,
  test: (session: Session) => Promise<void>,
): Promise<void> {
  const { dialect, speaker, spec, environment } = member;
  const answer = (body: Parameters<typeof answerBody>[0]): Reply => answerBody(body, speaker);
  const server = createBatchServer(dialect, { answer, ...options });
  await withLoopbackServer(server.script, async ({ url }) => {
    const space = openWorkspace();
    const said: string[] = [];
    space.write("prompts.jsonl", prompts);
    writeFileSync(space.at("loop.json"), JSON.stringify(loop(spec)));
    writeFileSync(space.at("prices.yaml"), `"${spec}": { in: 1000, out: 1000 }\n`);
    const progress = { ...silent, say: (message: string) => void said.push(message) };
    const optionsOf = (out: string, changes: Partial<CommandOptions>) =>
      space.options("prompts.jsonl", out, {
        environment: { ...environment(url), FELLOWSHIP_BATCH_POLL_MS: "1" },
        prices: space.at("prices.yaml"),
        progress,
        ...changes,
      });
    await test({
      space,
      server,
      url,
      said,
      run: (out, changes = {}) => generate(space.at("loop.json"), optionsOf(out, changes)),
      forecast: (changes) => forecastGenerate(space.at("loop.json"), optionsOf("new", changes)),
    });
  });
}

const boughtOnce = ({ bought }: BatchServer) => [...bought.values()].every((times) => times === 1);

describe.each(servedProviders)("a run in batches of $name", (member) => {
  it("leaves the files of a live one, at half the price", async () => {
    await withSession(member, { looks: 2 }, async ({ space, server, run, forecast }) => {
      const batched = await run("batched", { batch: true });
      expect(batched).toMatchObject({ exitCode: 0, summary: { calls: rows * callsPerRow } });
      expect(server.store.batches.size).toBe(callsPerRow);
      expect(boughtOnce(server)).toBe(true);
      expect(space.files("batched").filter((name) => name.startsWith("batches/"))).toEqual([]);
      const live = await run("live");
      expect((await forecast({ batch: true })).batches?.waves).toMatchObject(
        Array.from({ length: callsPerRow }, (_, index) => ({ wave: index + 1, calls: rows })),
      );
      expect(batched.spent.usd).toBeCloseTo(live.spent.usd / 2, 9);
      const figures = (out: string) => {
        const { [batchStateName]: _, ...outputs } = space.outputs(out);
        const { cost: __, ...summary } = space.json(out, "summary.json");
        return { ...outputs, "summary.json": summary, "README.md": "" };
      };
      expect(figures("batched")).toEqual(figures("live"));
    });
  });

  it("asks again what a batch did not come to, or could not answer", async () => {
    const ids: string[] = [];
    let batches = () => 1;
    // Of the first batch one request fails, and another is not come to.
    const answer = (body: Parameters<typeof answerBody>[0], id = "live") => {
      if (!ids.includes(id)) ids.push(id);
      const place = batches() > 1 ? -1 : ids.indexOf(id);
      if (place === 0) return member.speaker.refusal(500, "Oh no.", "api_error");
      return place === 1 ? null : answerBody(body, member.speaker);
    };
    await withSession(member, { answer }, async ({ server, said, run }) => {
      batches = () => server.store.batches.size;
      const { exitCode, summary } = await run("out", { batch: true });
      expect({ exitCode, done: summary.done }).toEqual({ exitCode: 0, done: rows });
      expect(said.join("\n")).toMatch(
        /^Wave 1: 1 of 3 calls answered, .*What has no answer is asked again\.$/m,
      );
    });
  });
});

describe.each(servedProviders.filter(({ name }) => /^(?:openai|anthropic)$/.test(name)))(
  "an account at $name with room for one call",
  (member) => {
    it("has the wave answered in smaller batches, each bought once", async () => {
      const options = { room: 1, looks: 2 };
      await withSession(member, options, async ({ space, server, said, run }) => {
        expect(await run("out", { batch: true })).toMatchObject({ exitCode: 0 });
        expect(boughtOnce(server)).toBe(true);
        const made = [...server.store.batches.values()].filter(({ state }) => state === "ended");
        expect(made).toHaveLength(rows * callsPerRow);
        expect(said.join("\n")).toContain("It goes on in two halves, one after the other.");
        const { waves } = space.json("out", batchStateName);
        expect(waves).toHaveLength(callsPerRow);
        expect(space.files("out").filter((name) => name.startsWith("batches/"))).toEqual([]);
      });
    });
  },
);

const [first] = servedProviders as [ServedProvider];

describe("a run in batches", () => {
  it("is stopped by a service that refuses, and goes on when it no longer does", async () => {
    let isRefusing = true;
    const reply = { status: 401, body: { error: { message: "Incorrect API key provided." } } };
    const fault: BatchServerOptions["fault"] = (step) =>
      isRefusing && step === "upload" ? { kind: "refuse", reply } : undefined;
    await withSession(first, { fault }, async ({ server, run }) => {
      const stopped = await run("out", { batch: true });
      expect(stopped).toMatchObject({ exitCode: 8, summary: { pending: rows } });
      expect(stopped.stoppedBy).toContain("Incorrect API key");
      expect(server.store.batches.size).toBe(0);
      isRefusing = false;
      expect(await run("out", { batch: true })).toMatchObject({ exitCode: 0 });
      expect(boughtOnce(server)).toBe(true);
    });
  });

  it("refuses to be paid for twice, live or in files, while a batch is out", async () => {
    await withSession(first, { looks: 1e9 }, async ({ space, server, run }) => {
      const running = run("out", { batch: true });
      while ([...server.store.batches.values()].every(({ looks }) => looks === 0))
        await new Promise((resolve) => setTimeout(resolve, 5));
      process.emit("SIGINT", "SIGINT");
      expect(await running).toMatchObject({ exitCode: 130, summary: { pending: rows } });
      const [batch] = server.store.batches.values();
      const waited = await waitedFor(space.at("out"));
      expect(waited).toMatchObject({ wave: 1, files: [{ calls: rows, batch: { id: batch?.id } }] });
      const ends = Date.parse(waited?.files[0]?.batch?.until ?? "") - Number(batch?.createdAt);
      expect(ends / 3_600_000).toBeCloseTo(24, 0);
      const batchFiles = { folder: space.at("waves"), root: space.at("out") };
      for (const changes of [{}, { batchFiles }]) {
        await expect(run("out", changes)).rejects.toMatchObject({
          code: "bad_usage",
          message: expect.stringContaining("--batch") as string,
        });
      }
      expect([...server.bought.values()]).toHaveLength(rows);
    });
  });

  it("never spends more than its budget", async () => {
    await withSession(first, {}, async ({ server, run }) => {
      const budgetUsd = 0.3;
      let end = await run("out", { batch: true, budgetUsd });
      expect(end.exitCode).toBe(4);
      expect(end.spent.usd).toBeLessThanOrEqual(budgetUsd);
      end = await run("out", { batch: true, budgetUsd: 100 });
      expect(end).toMatchObject({ exitCode: 0, summary: { done: rows } });
      expect(boughtOnce(server)).toBe(true);
    });
  });

  it("makes calls of models without a service live, and says so", async () => {
    await withSession(first, {}, async ({ space, server, url, said, run }) => {
      const { evaluator: _, ...topology } = loop(first.spec);
      const evaluator = { graph: "judge", agents: { judge: { model: "compatible:judge" } } };
      space.write("loop.json", JSON.stringify({ ...topology, evaluator }));
      const environment = {
        ...first.environment(url),
        OPENAI_COMPATIBLE_BASE_URL: `${url}/v1`,
        FELLOWSHIP_BATCH_POLL_MS: "1",
      };
      expect(await run("out", { batch: true, environment })).toMatchObject({ exitCode: 0 });
      expect(said).toContain(
        "Calls of judge (compatible:judge) are made live: these models have no service for batches.",
      );
      expect(server.store.batches.size).toBe(callsPerRow - 1);
      expect(boughtOnce(server)).toBe(true);
    });
  });
});

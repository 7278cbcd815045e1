import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { generate } from "../generate/generate.ts";

const single = join(import.meta.dirname, "..", "..", "topologies", "single.yaml");

describe("a provider that refuses the run", () => {
  it("ends it with 8 and all its rows pending, and the same command goes on once it is right", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      Array.from({ length: 8 }, (_, index) => ({ prompt: `Q${index}` })),
    );
    let hasCredit = false;
    const reply = () =>
      hasCredit
        ? openAiSpeaker.answer()
        : openAiSpeaker.refusal(401, "Incorrect API key provided", "invalid_api_key");
    await withLoopbackServer(reply, async (server) => {
      const options = space.options("prompts.jsonl", "out", {
        models: [openAiSpeaker.spec],
        environment: openAiSpeaker.environment(server.url),
        concurrency: 2,
      });
      const refused = await generate(single, options);
      expect(refused.exitCode).toBe(8);
      expect(refused.stoppedBy).toContain("Incorrect API key provided");
      expect(refused.summary).toMatchObject({ rows: 8, done: 0, failed: 0, pending: 8, calls: 0 });
      expect(server.requests.length).toBeLessThanOrEqual(2);
      expect(space.text("out", "rows.jsonl")).toBe("");
      hasCredit = true;
      const end = await generate(single, options);
      expect(end.exitCode).toBe(0);
      expect(end.summary).toMatchObject({ done: 8, pending: 0, calls: 8 });
      expect(end.summary.tokens).toEqual({ in: 88, out: 56, unknown: 0 });
      // A server on this machine costs nothing.
      expect(end.summary.cost).toEqual({ usd: 0, unknown: 0 });
    });
  });

  it("never keeps good rows behind those that it refuses from being reached", async () => {
    const space = openWorkspace();
    space.write(
      "prompts.jsonl",
      Array.from({ length: 30 }, (_, index) => ({ prompt: index < 26 ? `Bad ${index}` : "Good?" })),
    );
    const reply = ({ body }: { readonly body: unknown }) =>
      JSON.stringify(body).includes("Bad")
        ? openAiSpeaker.refusal(400, "Request contains an invalid argument.", "invalid_argument")
        : openAiSpeaker.answer();
    await withLoopbackServer(reply, async (server) => {
      const options = space.options("prompts.jsonl", "out", {
        models: [openAiSpeaker.spec],
        environment: openAiSpeaker.environment(server.url),
        concurrency: 2,
      });
      const first = await generate(single, options);
      expect(first.exitCode).toBe(8);
      expect(first.summary).toMatchObject({ done: 0 });
      expect(server.requests.length).toBeLessThanOrEqual(22);
      const second = await generate(single, options);
      expect(second.exitCode).toBe(3);
      expect(second.summary).toMatchObject({ done: 4, failed: 26, pending: 0 });
    });
  });

  it("fails one row alone that a firewall refuses, in the same command given again, too", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "Good?" }, { prompt: "Bad" }]);
    const reply = ({ body }: { readonly body: unknown }) =>
      JSON.stringify(body).includes("Bad")
        ? openAiSpeaker.refusal(403, "Request blocked", "forbidden")
        : openAiSpeaker.answer();
    await withLoopbackServer(reply, async (server) => {
      const options = space.options("prompts.jsonl", "out", {
        models: [openAiSpeaker.spec],
        environment: openAiSpeaker.environment(server.url),
        concurrency: 1,
      });
      for (const _ of ["first", "again"]) {
        const end = await generate(single, options);
        expect(end.exitCode).toBe(3);
        expect(end.summary).toMatchObject({ done: 1, failed: 1, pending: 0 });
      }
      expect(server.requests.length).toBe(3);
    });
  });
});

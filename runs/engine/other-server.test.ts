import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { generate } from "../generate/generate.ts";

const single = join(import.meta.dirname, "..", "..", "topologies", "single.yaml");

describe("another server of the same model spec", () => {
  it("is refused in the same directory, by its address, and its answers are not reused", async () => {
    const space = openWorkspace();
    space.write("prompts.jsonl", [{ prompt: "Q1" }, { prompt: "Q2" }]);
    const answer = () => openAiSpeaker.answer();
    await withLoopbackServer(answer, (one) =>
      withLoopbackServer(answer, async (other) => {
        const at = (url: string, out: string, reuse: string[] = []) =>
          generate(
            single,
            space.options("prompts.jsonl", out, {
              models: [openAiSpeaker.spec],
              environment: openAiSpeaker.environment(url),
              reuse: reuse.map((name) => space.at(name)),
            }),
          );
        expect((await at(one.url, "out")).exitCode).toBe(0);
        const [agent] = space.json("out", "run.json").agents;
        expect(agent).toMatchObject({ model: openAiSpeaker.spec, server: `${one.url}/v1` });
        await expect(at(other.url, "out")).rejects.toMatchObject({
          code: "directory_differs",
          message: expect.stringContaining(
            `servers.${openAiSpeaker.spec}: "${one.url}/v1" there, "${other.url}/v1" now`,
          ),
        });
        expect(other.requests.length).toBe(0);
        await at(one.url, "same-server", ["out"]);
        expect(one.requests.length).toBe(2);
        await at(other.url, "other-server", ["out"]);
        expect(other.requests.length).toBe(2);
      }),
    );
  });
});

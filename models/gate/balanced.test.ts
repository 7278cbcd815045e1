import { describe, expect, it } from "vitest";
import { hasty } from "../../tests/loopback/ask-speaker.ts";
import { freePort } from "../../tests/loopback/free-port.ts";
import { withLoopbackServer, type Script } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import { createAgent } from "./agent.ts";
import { createGate } from "./gate.ts";

const spec = "compatible:test-model";

/** Asks so many questions at once, of all the addresses; returns outcomes and notices. */
async function askAll(baseUrls: readonly string[], questions: number) {
  const notices: string[] = [];
  const gate = createGate({ ...hasty, onNotice: (message) => notices.push(message) });
  const endpoint = await createEndpoint(spec, { baseUrls }, {});
  const agent = createAgent({ name: "generator", role: "generator", endpoint }, gate);
  const records = await Promise.all(
    Array.from({ length: questions }, (_, index) =>
      agent.ask({
        row: { number: index + 1, id: `${index + 1}` },
        part: "",
        turn: 0,
        messages: [{ role: "user", content: `Question ${index}?` }],
        expects: { kind: "text" },
      }),
    ),
  );
  const outcomes = new Set(records.map(({ outcome }) => outcome));
  return { outcomes: [...outcomes], notices, halted: gate.halted };
}

const answering: Script = () => ({ ...openAiSpeaker.answer(), delayMs: 20 });

/** Requests at a server that answers, and at one with this script, of 30 questions to both. */
async function askTwo(script: Script) {
  return withLoopbackServer(answering, (good) =>
    withLoopbackServer(script, async (other) => {
      const asked = await askAll([`${other.url}/v1`, `${good.url}/v1`], 30);
      return { ...asked, good: good.requests.length, other: other.requests.length, url: other.url };
    }),
  );
}

describe("several addresses of a model", () => {
  it("share its calls", async () => {
    const { outcomes, notices, good, other } = await askTwo(answering);
    expect(outcomes).toEqual(["answered"]);
    expect(notices).toEqual([]);
    expect(good + other).toBe(30);
    expect(Math.min(good, other)).toBeGreaterThan(5);
  });

  it("do without one that refuses connections, and say so once", async () => {
    const dead = `http://127.0.0.1:${await freePort()}/v1`;
    await withLoopbackServer(answering, async ({ url, requests }) => {
      const { outcomes, notices, halted } = await askAll([dead, `${url}/v1`], 30);
      expect(outcomes).toEqual(["answered"]);
      expect(requests).toHaveLength(30);
      expect(halted).toBeNull();
      expect(notices[0]).toContain(`${dead}: no answer at `);
      expect(notices).toHaveLength(1);
    });
  });

  it("do without one that limits them, which only rests itself", async () => {
    const limited = await askTwo(() => ({
      ...openAiSpeaker.refusal(429, "Slow down."),
      headers: { "retry-after": "3600" },
    }));
    expect(limited.outcomes).toEqual(["answered"]);
    expect(limited.good).toBe(30);
  });

  it("do without one that has another model, once another has answered", async () => {
    let answers = 0;
    await withLoopbackServer(
      () => {
        answers += 1;
        return openAiSpeaker.answer();
      },
      (good) =>
        withLoopbackServer(
          () => ({
            ...openAiSpeaker.refusal(404, "The model `x` does not exist", "model_not_found"),
            delayMs: 200,
          }),
          async (other) => {
            const asked = await askAll([`${other.url}/v1`, `${good.url}/v1`], 20);
            expect(asked.outcomes).toEqual(["answered"]);
            expect(answers).toBe(20);
            expect(asked.notices[0]).toContain(other.url);
          },
        ),
    );
  });
});

describe("baseUrls", () => {
  const createdAt = (model: string, address: string) =>
    createEndpoint(model, { baseUrls: [address] }, { OPENAI_API_KEY: "sk-test-0123456789" });

  it("never send the key of a provider with a fixed address to another host", async () => {
    const complaint = "the key of openai would go to models.example";
    await expect(createdAt("openai:gpt-4o", "https://models.example/v1")).rejects.toThrow(
      complaint,
    );
    for (const address of ["http://127.0.0.1:8000/v1", "https://api.openai.com/v1"]) {
      expect((await createdAt("openai:gpt-4o", address)).server).toBe(address);
    }
    const own = await createdAt("compatible:m", "https://models.example/v1");
    expect(own.server).toBe("https://models.example/v1");
  });

  it("are refused where two are one address", async () => {
    const baseUrls = ["http://127.0.0.1:8001/v1", " http://127.0.0.1:8001/v1/ "];
    await expect(createEndpoint("compatible:m", { baseUrls }, {})).rejects.toThrow(
      "baseUrls names http://127.0.0.1:8001/v1 twice",
    );
  });

  it("are refused where nothing is sent, and where they are malformed", async () => {
    await expect(createdAt("sim:oak", "http://127.0.0.1:1/v1")).rejects.toThrow("has no address");
    await expect(createdAt("compatible:m", "http://me:word@a/v1")).rejects.toThrow(
      "baseUrls holds",
    );
  });
});

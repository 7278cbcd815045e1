import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { askScripted, askSpeaker, hasty } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer, type Script } from "../../tests/loopback/loopback-server.ts";
import type { Reply } from "../../tests/loopback/reply.ts";
import { openAiSpeaker, speakers } from "../../tests/loopback/speakers.ts";
import { createGate, type Gate, type GateOptions } from "./gate.ts";
import type { CallJournal } from "./journal.ts";

/** Asks for so many rows, one after the other, of a server of their own. */
async function askRows(
  script: Script,
  rows: number,
  options: GateOptions = {},
): Promise<{ gate: Gate; records: CallRecord[]; requests: number }> {
  const gate = createGate({ ...hasty, ...options });
  return withLoopbackServer(script, async (server) => {
    const records: CallRecord[] = [];
    for (let row = 1; row <= rows; row += 1) {
      records.push(await askSpeaker(openAiSpeaker, server, { gate, row }));
    }
    return { gate, records, requests: server.requests.length };
  });
}

/** A journal that keeps nothing, and knows what was refused before. */
function journalOf(refusedBefore: (row: number) => boolean, ends: string[] = []): CallJournal {
  return {
    find: async () => undefined,
    refusedBefore: ({ row }) => refusedBefore(row.number),
    intend: async () => undefined,
    keep: async () => void ends.push("answer"),
    giveUp: async (_, outcome, cost) => void ends.push(`${outcome}, ${cost}`),
  };
}

const page: Reply = {
  body: "<html><head><title>Welcome to the portal</title></head></html>",
  headers: { "content-type": "text/html" },
};

describe("a server that says 200 to everything and speaks for no model", () => {
  it.each([
    ["a page", page],
    ["a greeting", { body: { status: "ok", version: "1.2.3" } }],
    ["a piece of JSON", { body: '{"choices": [{"mess' }],
    ["nothing", { body: "" }],
  ])("stops the run after twenty answers such as %s", async (_, reply) => {
    const { gate, records, requests } = await askRows(() => reply, 23);
    expect(requests).toBe(20);
    expect(records.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 20 }, () => "bad_response"),
      ...Array.from({ length: 3 }, () => "provider_refused"),
    ]);
    expect(gate.halted).toMatchObject({ outcome: "provider_refused" });
    expect(gate.halted?.detail).toContain("check the base URL");
  });

  it("is quoted in what stops the run", async () => {
    const { gate } = await askRows(() => page, 20);
    expect(gate.halted?.detail).toContain("Welcome to the portal");
  });

  it("stops nothing while a model speaks in between, however badly", async () => {
    for (const between of [
      openAiSpeaker.answer(),
      openAiSpeaker.answer({ finish: null }),
      { body: { choices: [], usage: { prompt_tokens: 9, completion_tokens: 0 } } },
    ]) {
      const { gate } = await askRows(({ number }) => (number % 15 === 0 ? between : page), 40);
      expect(gate.halted).toBeNull();
    }
  });
});

describe("a row whose text a firewall refuses", () => {
  it.each([401, 402, 403, 302])(
    "with %i fails alone where others were answered",
    async (status) => {
      const blocked = { status, body: "Sorry, you have been blocked" };
      const script: Script = ({ number }) => (number === 3 ? blocked : openAiSpeaker.answer());
      const { gate, records } = await askRows(script, 5);
      expect(records.map(({ outcome }) => outcome)).toEqual(
        [1, 2, 3, 4, 5].map((row) => (row === 3 ? "invalid_request" : "answered")),
      );
      expect(gate.halted).toBeNull();
      const first = await askRows(() => blocked, 3);
      expect([first.requests, first.gate.halted?.outcome]).toEqual([1, "provider_refused"]);
    },
  );
});

describe("a wrong address", () => {
  it.each([
    ["", "/chat/completions was asked: does the base URL lack /v1? Set it to http://", "/v1"],
    ["/v1/chat/completions", "the base URL ends with the path of one call; set it to http", "/v1"],
    ["/v1", "/v1/chat/completions was asked: check the base URL", ""],
  ])(
    "that ends with %j is named with the second answer, and what to change",
    async (path, ...words) => {
      await withLoopbackServer(
        () => ({ status: 404, body: "Not Found" }),
        async (server) => {
          const gate = createGate(hasty);
          const environment = { OPENAI_COMPATIBLE_BASE_URL: `${server.url}${path}` };
          await askSpeaker(openAiSpeaker, server, { gate, environment });
          expect(server.requests).toHaveLength(2);
          expect(gate.halted?.outcome).toBe("provider_refused");
          for (const word of words) expect(gate.halted?.detail).toContain(word);
        },
      );
    },
  );
});

describe("a refusal inside a 200", () => {
  it("may be a sentence alone", async () => {
    const said = (error: string) => ({ body: { error } });
    const busy: Script = ({ number }) =>
      number < 3 ? said("model is loading") : openAiSpeaker.answer();
    const { record, server } = await askScripted(openAiSpeaker, busy);
    expect([record.outcome, server.requests.length]).toEqual(["answered", 3]);
    const long = await askScripted(openAiSpeaker, () => said("prompt is too long: 9000 tokens"));
    expect(long.record.outcome).toBe("context_overflow");
    const { gate } = await askRows(() => said("model gemma:2b not found"), 2);
    expect(gate.halted?.outcome).toBe("provider_refused");
  });

  const inside = (code: number, message: string): Reply => ({
    body: { error: { code, message }, user_id: "user-1" },
  });

  it.each(speakers)("from $name is outlasted when it is one for the rate", async (speaker) => {
    const ends: string[] = [];
    const gate = createGate({ ...hasty, journal: () => journalOf(() => false, ends) });
    const { record, server } = await askScripted(
      speaker,
      ({ number }) =>
        number <= 8 ? inside(429, "Rate limit exceeded: free-models-per-min.") : speaker.answer(),
      { gate },
    );
    expect(record.outcome).toBe("answered");
    expect(server.requests).toHaveLength(9);
    expect(ends).toEqual([...Array.from({ length: 8 }, () => "rate_limited, none"), "answer"]);
  });

  it("is a server's error of unknown cost, sent again as often as any", async () => {
    const ends: string[] = [];
    const gate = createGate({ ...hasty, journal: () => journalOf(() => false, ends) });
    const { record, server } = await askScripted(
      openAiSpeaker,
      () => inside(502, "Provider returned error"),
      { gate },
    );
    expect(record).toMatchObject({ outcome: "provider_error", content: "" });
    expect(server.requests).toHaveLength(5);
    expect(new Set(ends)).toEqual(new Set(["provider_error, unknown"]));
  });

  it("stops the run where the account is empty", async () => {
    const { gate, requests } = await askRows(() => inside(402, "Insufficient credits"), 3);
    expect(gate.halted?.detail).toContain("HTTP 200 with error 402");
    expect(requests).toBe(1);
  });

  it("may end a choice that had begun, whose half is no answer", async () => {
    for (const code of [502, 429]) {
      const choice = {
        error: { code, message: "Upstream error" },
        finish_reason: "error",
        message: { role: "assistant", content: "half" },
      };
      const failed = { body: { choices: [choice], usage: { prompt_tokens: 9 } } };
      const script: Script = ({ number }) => (number <= 2 ? failed : openAiSpeaker.answer());
      const { record, server } = await askScripted(openAiSpeaker, script);
      expect(record).toMatchObject({ outcome: "answered", content: "An answer." });
      expect(server.requests).toHaveLength(3);
      const forEver = await askScripted(openAiSpeaker, () => failed);
      expect(forEver.record).toMatchObject({ outcome: "provider_error", content: "" });
      expect(forEver.server.requests).toHaveLength(5);
    }
  });

  it("is none where an answer stands beside it, or speaks of one", async () => {
    const content = '{"error": {"code": 429, "message": "Rate limit"}}';
    const { body } = openAiSpeaker.answer({ content });
    for (const beside of [{}, { error: null }, { error: { code: 500, message: "Late." } }]) {
      const reply = { body: { ...(body as object), ...beside } };
      const { record, server } = await askScripted(openAiSpeaker, () => reply);
      expect(record).toMatchObject({ outcome: "answered", content });
      expect(server.requests).toHaveLength(1);
    }
  });
});

describe("requests that are refused one after the other", () => {
  const setting = openAiSpeaker.refusal(
    400,
    "Unsupported value: 'temperature' does not support 0 with this model.",
  );

  it("stop the run when none was answered and all are refused for the same reason", async () => {
    const { gate, records, requests } = await askRows(() => setting, 22);
    expect(requests).toBe(20);
    expect(records.filter(({ outcome }) => outcome === "invalid_request")).toHaveLength(19);
    expect(gate.halted?.detail).toContain("'temperature' does not support 0");
  });

  it("stop nothing once the model has answered", async () => {
    const script: Script = ({ number }) => (number === 1 ? openAiSpeaker.answer() : setting);
    const { gate, requests } = await askRows(script, 45);
    expect(gate.halted).toBeNull();
    expect(requests).toBe(45);
  });

  it("stop nothing when their texts are blamed, or each is refused for another reason", async () => {
    const long = openAiSpeaker.refusal(400, "Invalid 'messages[0].content': string too long");
    expect((await askRows(() => long, 25)).gate.halted).toBeNull();
    const script: Script = ({ number }) =>
      openAiSpeaker.refusal(400, `Odd ${"abcdefgh"[number % 8]} in field ${number}`);
    expect((await askRows(script, 25)).gate.halted).toBeNull();
  });

  it("are told alike by what is left without numbers and quotes", async () => {
    const script: Script = ({ number }) =>
      openAiSpeaker.refusal(400, `Row ${number}: "${"ab".repeat(number)}" is no good`);
    expect((await askRows(script, 22)).requests).toBe(20);
  });

  it("stop nothing when they were refused before, so that a run which goes on gets past them", async () => {
    const script: Script = ({ number }) => (number <= 30 ? setting : openAiSpeaker.answer());
    const journal = journalOf((row) => row <= 20);
    const { gate, records } = await askRows(script, 32, { journal: () => journal });
    expect(gate.halted).toBeNull();
    expect(records.at(-1)?.outcome).toBe("answered");
  });
});

describe("a row's own words in a refusal", () => {
  it("do not stop the run, whatever they ask for", async () => {
    const gate = createGate(hasty);
    for (const reply of [
      openAiSpeaker.refusal(400, 'Failed to parse "which model is not found in nature"'),
      { status: 500, body: { error: { message: "Oh." }, request: "please try again in 2 hours" } },
    ]) {
      const script: Script = ({ number }) => (number === 1 ? reply : openAiSpeaker.answer());
      await askScripted(openAiSpeaker, script, { gate });
      expect(gate.halted).toBeNull();
    }
  });
});

describe("a redirection that repeats the key", () => {
  it.each(speakers)("from $name is shown without it", async (speaker) => {
    const gate = createGate(hasty);
    const key = "test-key-0123456789";
    for (const location of [`https://evil.example/v1/${key}?key=${key}`, `/${key}/v1`]) {
      const reply = { status: 302, headers: { location } };
      const { record } = await askScripted(speaker, () => reply, { gate });
      expect(record.outcome).toBe("provider_refused");
      expect(record.detail).not.toContain(key);
    }
    expect(gate.halted?.detail).toContain("points to https://evil.example/v1/[key];");
  });
});

import { describe, expect, it, vi } from "vitest";
import { askScripted, askSpeaker, hasty } from "../../tests/loopback/ask-speaker.ts";
import { withLoopbackServer, type Script } from "../../tests/loopback/loopback-server.ts";
import type { Reply } from "../../tests/loopback/reply.ts";
import {
  geminiSpeaker,
  openAiSpeaker,
  speakers,
  type Speaker,
} from "../../tests/loopback/speakers.ts";
import { createGate } from "./gate.ts";

/** Answers the first requests one by one with these, and all later ones well. */
function first(replies: readonly Reply[], speaker: Speaker): Script {
  return ({ number }) => replies[number - 1] ?? speaker.answer();
}

/** Refuses this many times, then answers. */
function times(count: number, reply: Reply): Reply[] {
  return Array.from({ length: count }, () => reply);
}

const perMinute = {
  OpenAI: openAiSpeaker.refusal(
    429,
    "Rate limit reached for test-model in organization org-1 on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20ms. Visit https://platform.openai.com/account/rate-limits to learn more. You can increase your rate limit by adding a payment method to your account at https://platform.openai.com/account/billing.",
    "rate_limit_exceeded",
  ),
  Gemini: geminiSpeaker.refusal(
    429,
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. * Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10. Please retry in 20.5ms.",
    "RESOURCE_EXHAUSTED",
  ),
};

describe.each(speakers)("a call that $name does not answer at first", (speaker) => {
  it("is sent exactly five times when the server fails for ever", async () => {
    const { record, server } = await askScripted(speaker, () => speaker.refusal(500, "Oh no."));
    expect(record).toMatchObject({
      outcome: "provider_error",
      content: "",
      tokens: null,
      detail: "HTTP 500: Oh no.",
    });
    expect(server.requests).toHaveLength(5);
  });

  it.each([408, 409, 500, 502, 503, 504, 520, 529])("survives two of %i", async (status) => {
    const script = first(times(2, speaker.refusal(status, "Later.")), speaker);
    const { record, server } = await askScripted(speaker, script);
    expect(record.outcome).toBe("answered");
    expect(server.requests).toHaveLength(3);
  });

  it("is sent more patiently, and still not for ever, to a server that is overloaded", async () => {
    const { record, server } = await askScripted(speaker, () => speaker.refusal(503, "Busy."));
    expect(record.outcome).toBe("provider_error");
    expect(server.requests).toHaveLength(9);
  });

  it("outlasts ever so many refusals for the rate, which leave all other tries untouched", async () => {
    const refused = times(12, { status: 429, body: "", headers: { "retry-after": "0" } });
    const failed = times(4, speaker.refusal(500, "Oh no."));
    const script = first([...refused, ...failed], speaker);
    const { record, server } = await askScripted(speaker, script);
    expect(record.outcome).toBe("answered");
    expect(server.requests).toHaveLength(17);
  });

  const spellings: [string, Reply][] = [
    ["nothing but the status", { status: 429, body: "" }],
    ["seconds", { status: 429, body: "", headers: { "retry-after": "0.02" } }],
    ["milliseconds", { status: 429, body: "", headers: { "retry-after-ms": "20" } }],
    ["a date", { status: 429, headers: { "retry-after": new Date().toUTCString() } }],
    ["its own sentence, which names billing", perMinute[speaker.name]],
    [
      "RetryInfo",
      {
        status: 429,
        body: {
          error: {
            code: 429,
            message: "You exceeded your current quota, please check your plan and billing details.",
            status: "RESOURCE_EXHAUSTED",
            details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.02s" }],
          },
        },
      },
    ],
  ];
  it.each(spellings)("is no failed call when the limit is told as %s", async (_, refusal) => {
    const script = first(times(3, refusal), speaker);
    const { record, server } = await askScripted(speaker, script);
    expect(record.outcome).toBe("answered");
    expect(server.requests).toHaveLength(4);
  });

  it("waits at least as long as it is asked to", async () => {
    const arrivals: number[] = [];
    const refusal = { status: 429, body: "", headers: { "retry-after-ms": "150" } };
    await askScripted(speaker, (request) => {
      arrivals.push(performance.now());
      return first([refusal], speaker)(request);
    });
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(149);
  });

  it("is not sent in a storm when it may come back at once and is still refused", async () => {
    const gate = createGate({ ...hasty, retryMs: 50, patienceMs: 200 });
    const { record, server } = await askScripted(
      speaker,
      () => ({ status: 429, body: "", headers: { "retry-after": "0" } }),
      { gate },
    );
    expect(record.outcome).toBe("provider_refused");
    expect(server.requests.length).toBeLessThan(12);
  });
});

describe("a rate limit", () => {
  it("holds back every call to that model, and fails none of 64", async () => {
    const gate = createGate({ ...hasty, retryMs: 5 });
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => void warnings.push(warning);
    process.on("warning", onWarning);
    const seen = new Map<string, number>();
    await withLoopbackServer(
      // Each question is refused twice before it is answered.
      ({ body }) => {
        const question = JSON.stringify(body);
        const times = (seen.get(question) ?? 0) + 1;
        seen.set(question, times);
        return times <= 2 ? perMinute.OpenAI : openAiSpeaker.answer({ content: question });
      },
      async (server) => {
        const records = await Promise.all(
          Array.from({ length: 64 }, (_, row) =>
            askSpeaker(openAiSpeaker, server, {
              gate,
              row,
              messages: [{ role: "user", content: `Question ${row}?` }],
            }),
          ),
        );
        expect(records.filter(({ outcome }) => outcome !== "answered")).toEqual([]);
        for (const [row, { content }] of records.entries()) {
          expect(content).toContain(`Question ${row}?`);
        }
        expect(server.requests).toHaveLength(3 * 64);
      },
    );
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["hours", { "retry-after": "7200" }],
    ["a month", { "retry-after": String(31 * 24 * 3600) }],
  ])("of %s stops the run, which goes on later", async (_, headers) => {
    const gate = createGate(hasty);
    const { record, server } = await askScripted(
      openAiSpeaker,
      () => ({ status: 429, body: "", headers }),
      { gate },
    );
    expect(record.outcome).toBe("provider_refused");
    expect(record.detail).toContain("asks to wait");
    expect(gate.halted?.outcome).toBe("provider_refused");
    expect(server.requests).toHaveLength(1);
  });

  it("that never ends stops the run after the gate's patience", async () => {
    const gate = createGate({ ...hasty, patienceMs: 60 });
    const { record } = await askScripted(geminiSpeaker, () => perMinute.Gemini, { gate });
    expect(record.outcome).toBe("provider_refused");
    expect(record.detail).toContain("You exceeded your current quota");
  });

  it("that one request alone exceeds is that request's trouble", async () => {
    const message =
      "Request too large for test-model in organization org-1 on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be reduced in order to run successfully.";
    const gate = createGate(hasty);
    for (const status of [429, 413]) {
      const refusal = openAiSpeaker.refusal(status, message, "rate_limit_exceeded");
      const { record, server } = await askScripted(openAiSpeaker, () => refusal, { gate });
      expect(record.outcome).toBe("context_overflow");
      expect(server.requests).toHaveLength(1);
    }
    expect(gate.halted).toBeNull();
  });
});

const ofTheRun: [string, Speaker, Reply][] = [
  [
    "an empty account",
    openAiSpeaker,
    openAiSpeaker.refusal(
      429,
      "You exceeded your current quota, please check your plan and billing details.",
      "insufficient_quota",
    ),
  ],
  ["a wrong key", openAiSpeaker, openAiSpeaker.refusal(401, "Incorrect API key provided.")],
  ["an unpaid bill", openAiSpeaker, openAiSpeaker.refusal(402, "Insufficient Balance")],
  ["a forbidden model", openAiSpeaker, openAiSpeaker.refusal(403, "You have no access.")],
  [
    "a missing model",
    openAiSpeaker,
    openAiSpeaker.refusal(404, "The model `test-model` does not exist.", "model_not_found"),
  ],
  [
    "a retired model",
    openAiSpeaker,
    openAiSpeaker.refusal(400, "The model has been decommissioned.", "model_decommissioned"),
  ],
  ["a redirection", openAiSpeaker, { status: 308, headers: { location: "https://elsewhere/" } }],
  [
    "a wrong key at Google",
    geminiSpeaker,
    {
      status: 400,
      body: {
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
          details: [{ reason: "API_KEY_INVALID" }],
        },
      },
    },
  ],
  [
    "a missing model at Google",
    geminiSpeaker,
    geminiSpeaker.refusal(
      404,
      "models/gemini-test is not found for API version v1beta.",
      "NOT_FOUND",
    ),
  ],
];

describe("a refusal of the whole run", () => {
  it.each(ofTheRun)("for %s halts the gate at the first answer", async (_, speaker, refusal) => {
    const gate = createGate(hasty);
    await withLoopbackServer(
      () => refusal,
      async (server) => {
        const record = await askSpeaker(speaker, server, { gate });
        expect(record).toMatchObject({ outcome: "provider_refused", tokens: null });
        expect(gate.halted).toMatchObject({ outcome: "provider_refused" });
        expect(gate.halted?.detail).toContain(`HTTP ${refusal.status}`);
        const later = await askSpeaker(speaker, server, { gate, row: 2 });
        expect(later.outcome).toBe("provider_refused");
        expect(server.requests).toHaveLength(1);
      },
    );
  });

  it("lets calls that wait to be sent again return at once", async () => {
    const gate = createGate({ ...hasty, retryMs: 60_000 });
    await withLoopbackServer(
      async ({ number }) => {
        if (number === 1) return { status: 429, headers: { "retry-after": "600" } };
        if (number === 2) return openAiSpeaker.refusal(500, "Oh no.");
        return { ...openAiSpeaker.refusal(401, "Incorrect API key."), delayMs: 100 };
      },
      async (server) => {
        const records = await Promise.all(
          // Three side by side: the first waits for its limit, the second backs off, the third is
          // refused.
          [1, 2, 3].map((row) => askSpeaker(openAiSpeaker, server, { gate, row })),
        );
        expect(records.map(({ outcome }) => outcome)).toEqual([
          "provider_refused",
          "provider_refused",
          "provider_refused",
        ]);
        expect(server.requests).toHaveLength(3);
      },
    );
  });

  it("comes after twenty calls in a row without an answer, instead of failing every row", async () => {
    const gate = createGate(hasty);
    await withLoopbackServer(
      () => openAiSpeaker.refusal(500, "Oh no."),
      async (server) => {
        const outcomes: string[] = [];
        for (let row = 1; row <= 25; row += 1) {
          outcomes.push((await askSpeaker(openAiSpeaker, server, { gate, row })).outcome);
        }
        expect(outcomes.slice(0, 19).every((outcome) => outcome === "provider_error")).toBe(true);
        expect(outcomes.slice(19)).toEqual(Array.from({ length: 6 }, () => "provider_refused"));
        expect(server.requests).toHaveLength(20 * 5);
      },
    );
  });

  it("does not come while answers arrive in between", async () => {
    const gate = createGate(hasty);
    await withLoopbackServer(
      ({ number }) =>
        number % 10 === 0 ? openAiSpeaker.answer() : openAiSpeaker.refusal(422, "No."),
      async (server) => {
        for (let row = 1; row <= 45; row += 1) {
          await askSpeaker(openAiSpeaker, server, { gate, row });
        }
        expect(gate.halted).toBeNull();
      },
    );
  });
});

const ofTheRow: [string, string, Speaker, Reply][] = [
  [
    "context_overflow",
    "OpenAI's code",
    openAiSpeaker,
    openAiSpeaker.refusal(
      400,
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
      "context_length_exceeded",
    ),
  ],
  [
    "context_overflow",
    "vLLM's words",
    openAiSpeaker,
    {
      status: 400,
      body: {
        object: "error",
        message: "This model's maximum context length is 4096 tokens.",
        type: "BadRequestError",
        code: 400,
      },
    },
  ],
  [
    "context_overflow",
    "llama.cpp's words",
    openAiSpeaker,
    openAiSpeaker.refusal(
      400,
      "the request exceeds the available context size, try increasing it",
      "exceed_context_size_error",
    ),
  ],
  [
    "context_overflow",
    "Gemini's words",
    geminiSpeaker,
    geminiSpeaker.refusal(
      400,
      "The input token count (9001) exceeds the maximum number of tokens allowed (8192).",
      "INVALID_ARGUMENT",
    ),
  ],
  [
    "filtered",
    "a content filter in front",
    openAiSpeaker,
    openAiSpeaker.refusal(400, "The response was filtered.", "content_filter"),
  ],
  [
    "filtered",
    "a moderation in front",
    openAiSpeaker,
    openAiSpeaker.refusal(403, "Your chosen model requires moderation and your input was flagged."),
  ],
  ["invalid_request", "an odd request", openAiSpeaker, openAiSpeaker.refusal(422, "Unprocessable")],
  [
    "invalid_request",
    "a request whose text names an API key",
    openAiSpeaker,
    openAiSpeaker.refusal(400, "Invalid value in 'messages[0]': 'How do I get an API key?'"),
  ],
];

describe("a refusal of one request", () => {
  it.each(ofTheRow)("is %s for %s, after one request", async (outcome, _, speaker, refusal) => {
    const gate = createGate(hasty);
    const { record, server } = await askScripted(speaker, () => refusal, { gate });
    expect(record).toMatchObject({ outcome, content: "", tokens: null });
    expect(server.requests).toHaveLength(1);
    expect(gate.halted).toBeNull();
  });
});

describe("a server that is not there", () => {
  it("is a provider's error, and the address is named", async () => {
    const { url } = await withLoopbackServer(
      () => ({}),
      async (server) => server,
    );
    const onNotice = vi.fn<(message: string) => void>();
    const gate = createGate({ ...hasty, onNotice });
    const record = await askSpeaker(openAiSpeaker, { url }, { gate });
    expect(record.outcome).toBe("provider_error");
    const detail = `no answer at ${new URL(url).host} (ECONNREFUSED)`;
    expect(record.detail).toBe(detail);
    const sentence = `${record.model}: ${detail}. Is the server running? Its calls are sent again.`;
    expect(onNotice.mock.calls).toEqual([[sentence]]);
  });
});

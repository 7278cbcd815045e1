import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { askScripted } from "../../tests/loopback/ask-speaker.ts";
import type { Reply } from "../../tests/loopback/reply.ts";
import {
  allSpeakers,
  claudeSpeaker,
  geminiSpeaker,
  openAiSpeaker,
} from "../../tests/loopback/speakers.ts";

describe.each(allSpeakers)("an answer that $name sends whole", (speaker) => {
  async function outcomeOf(reply: Reply) {
    const { record, server } = await askScripted(speaker, () => reply);
    // Whatever is wrong with it: it was paid for, and is not bought again.
    expect(server.requests).toHaveLength(1);
    return record;
  }

  it("is answered with its text, its end and its tokens", async () => {
    expect(await outcomeOf(speaker.answer({ content: "Ja, natürlich. 🦜" }))).toEqual({
      agent: "generator",
      part: "",
      turn: 0,
      model: speaker.spec,
      outcome: "answered",
      content: "Ja, natürlich. 🦜",
      finish: speaker.finish.whole,
      tokens: { in: 11, out: 7 },
    });
  });

  it("is cut_at_length when it was, and keeps what was said and counted", async () => {
    const reply = speaker.answer({ content: "Half of", finish: speaker.finish.cut });
    expect(await outcomeOf(reply)).toMatchObject({
      outcome: "cut_at_length",
      content: "Half of",
      tokens: { in: 11, out: 7 },
    });
  });

  it("is filtered when the provider says so", async () => {
    const reply = speaker.answer({ content: null, finish: speaker.finish.filtered });
    expect(await outcomeOf(reply)).toMatchObject({ outcome: "filtered", content: "" });
  });

  it("is a bad response when it does not say why it ended", async () => {
    const record = await outcomeOf(speaker.answer({ finish: null }));
    expect(record).toMatchObject({ outcome: "bad_response", tokens: { in: 11, out: 7 } });
    expect(record.detail).toContain("does not say why it ended");
  });

  it("is a bad response when its end is none that is known", async () => {
    expect(await outcomeOf(speaker.answer({ finish: "HALF_DONE" }))).toMatchObject({
      outcome: "bad_response",
      finish: "HALF_DONE",
    });
  });

  it.each([null, "", "  \n"])("is empty when its content is %j", async (content) => {
    expect(await outcomeOf(speaker.answer({ content }))).toMatchObject({ outcome: "empty" });
  });

  it("keeps missing token counts unknown, not zero", async () => {
    expect(await outcomeOf(speaker.answer({ usage: null }))).toMatchObject({
      outcome: "answered",
      tokens: null,
    });
  });

  it("is a bad response when it is a page, a piece of JSON, no object or nothing", async () => {
    const whole = JSON.stringify(speaker.answer().body);
    const html = { "content-type": "text/html" };
    for (const reply of [
      { body: "<html><body>Welcome</body></html>", headers: html },
      { body: whole.slice(0, -20) },
      { body: "null" },
      { body: "[]" },
      { body: `${"[".repeat(50_000)}${"]".repeat(50_000)}` },
      { body: "" },
      { body: { error: { message: "Something odd." } } },
    ]) {
      expect(await outcomeOf(reply)).toMatchObject({ outcome: "bad_response", content: "" });
    }
  });

  it("may be 10 MB long", async () => {
    const content = "Die Antwort ist länger. ".repeat(420_000);
    const record = await outcomeOf(speaker.answer({ content }));
    expect(record.outcome).toBe("answered");
    expect(record.content === content).toBe(true);
  });

  it.each([
    ["gzip", gzipSync],
    ["GZIP, identity", gzipSync],
    ["deflate,gzip", (bytes: string) => gzipSync(deflateSync(bytes))],
    ["gzip, br", gzipSync], // a proxy that undid one, and left its name
  ])("may be compressed: %s", async (encoding, compress) => {
    const body = compress(JSON.stringify(speaker.answer().body));
    const reply = { body, headers: { "content-encoding": encoding } };
    expect(await outcomeOf(reply)).toMatchObject({ outcome: "answered", content: "An answer." });
  });

  it.each(["gzip", "br", "deflate", "zstd", "rot13"])(
    "is taken as it came where it is not in %s as it says",
    async (encoding) => {
      const reply = { ...speaker.answer(), headers: { "content-encoding": encoding } };
      expect(await outcomeOf(reply)).toMatchObject({ outcome: "answered", content: "An answer." });
    },
  );

  it("may come with long headers", async () => {
    const reply = { ...speaker.answer(), headers: { "x-trace": "a".repeat(40_000) } };
    expect(await outcomeOf(reply)).toMatchObject({ outcome: "answered" });
  });

  it("is none where its bytes are not UTF-8, and is not asked for again", async () => {
    const { body } = speaker.answer({ content: "caf\u00e9" });
    const bytes = Buffer.from(JSON.stringify(body), "latin1");
    const { record, server } = await askScripted(speaker, () => ({ body: bytes }));
    const detail = "the answer is not in UTF-8";
    expect(record).toMatchObject({ outcome: "bad_response", content: "", detail });
    expect(record.tokens).toEqual({ in: 11, out: 7 });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  it("may begin with a byte order mark", async () => {
    const body = `\uFEFF${JSON.stringify(speaker.answer().body)}`;
    expect(await outcomeOf({ body })).toMatchObject({ outcome: "answered" });
  });

  it("loses the thoughts that stand before it", async () => {
    const content = "<think>\nHm. </think>\n\nThe answer.";
    expect((await outcomeOf(speaker.answer({ content }))).content).toBe("The answer.");
  });

  it.each([
    ["secret thoughts </think>\n\nThe answer.", "secret thoughts", "The answer."],
    ["secret thoughts</think>The answer.", "secret thoughts", "The answer."],
  ])("loses thoughts that its model's template opens: %j", async (content, thinking, answer) => {
    const { body } = speaker.answer({ content });
    const named = { body: { ...(body as object), model: "deepseek-r1:8b" } };
    const record = await outcomeOf(speaker === openAiSpeaker ? named : speaker.answer({ content }));
    if (speaker === openAiSpeaker) expect(record).toMatchObject({ content: answer, thinking });
    else expect(record.content).toBe(content);
  });

  it.each([
    "Do not do it.\n</think>\nMix one cup of each.",
    "The template writes\n</think>\nand a newline.",
    "Thoughts end with `</think>`\nand so on.",
    "In code: `a\tb </think>\nstill`.",
    "Write:\n```\n<b>\n</think>\n```\nThat is all.",
    "Between <think> and </think>\nstand the thoughts.",
    "The mark </think> ends them.\nAnd </think>\nagain.",
    "Only thoughts </think>\n",
  ])("keeps a text with the mark whose model is not known to think: %j", async (content) => {
    expect((await outcomeOf(speaker.answer({ content }))).content).toBe(content);
  });

  it("is empty where it is thinking alone, closed or not", async () => {
    for (const content of ["<think>\nHm.</think>\n", "<think>\nHm. Let me see"]) {
      const record = await outcomeOf(speaker.answer({ content }));
      expect(record).toMatchObject({ outcome: "empty", content: "" });
      expect(record.thinking).toMatch(/^Hm\./);
    }
  });

  it("shows nothing of a page that a terminal would obey", async () => {
    const record = await outcomeOf({ body: "\u001b]0;owned\u0007<html>\n\u009b2J" });
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(record.detail).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe("an answer in OpenAI's words", () => {
  async function outcomeOf(body: unknown) {
    const { record, server } = await askScripted(openAiSpeaker, () => ({ body }));
    expect(server.requests).toHaveLength(1);
    return record;
  }

  it("is refused when the message holds a refusal", async () => {
    const message = { role: "assistant", content: null, refusal: "I can't help with that." };
    const body = { choices: [{ index: 0, message, finish_reason: "stop" }] };
    expect(await outcomeOf(body)).toMatchObject({
      outcome: "refused",
      detail: "I can't help with that.",
    });
  });

  it("is a bad response without a choice, whose tokens still count", async () => {
    const usage = { prompt_tokens: 900, completion_tokens: 0 };
    for (const choices of [[], null, undefined, "none", [null]]) {
      expect(await outcomeOf({ choices, usage })).toMatchObject({
        outcome: "bad_response",
        tokens: { in: 900, out: 0 },
      });
    }
  });

  it("is read from the parts of its content", async () => {
    const content = [
      { type: "thinking", thinking: [] },
      { type: "text", text: "Part." },
    ];
    const body = { choices: [{ message: { content }, finish_reason: "stop" }] };
    expect(await outcomeOf(body)).toMatchObject({ outcome: "answered", content: "Part." });
  });

  it("has unknown tokens when the counts are no counts", async () => {
    const choices = [{ message: { content: "Yes." }, finish_reason: "stop" }];
    for (const usage of [
      {},
      { prompt_tokens: 5 },
      { prompt_tokens: -1, completion_tokens: 1 },
      7,
    ]) {
      expect(await outcomeOf({ choices, usage })).toMatchObject({
        outcome: "answered",
        tokens: null,
      });
    }
  });
});

describe("an answer in Gemini's words", () => {
  async function outcomeOf(body: unknown) {
    const { record, server } = await askScripted(geminiSpeaker, () => ({ body }));
    expect(server.requests).toHaveLength(1);
    return record;
  }
  const usageMetadata = { promptTokenCount: 900, totalTokenCount: 900 };

  it("is filtered when the prompt was blocked, and its input still counts", async () => {
    expect(
      await outcomeOf({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata }),
    ).toMatchObject({
      outcome: "filtered",
      finish: "PROHIBITED_CONTENT",
      tokens: { in: 900, out: 0 },
    });
  });

  it.each(["SAFETY", "RECITATION", "BLOCKLIST", "SPII"])(
    "is filtered at %s",
    async (finishReason) => {
      expect(await outcomeOf({ candidates: [{ finishReason }], usageMetadata })).toMatchObject({
        outcome: "filtered",
        tokens: { in: 900, out: 0 },
      });
    },
  );

  it("is cut when all its tokens went into thinking", async () => {
    const candidates = [{ content: { role: "model", parts: [] }, finishReason: "MAX_TOKENS" }];
    const thinking = { ...usageMetadata, thoughtsTokenCount: 64 };
    expect(await outcomeOf({ candidates, usageMetadata: thinking })).toMatchObject({
      outcome: "cut_at_length",
      content: "",
      tokens: { in: 900, out: 64 },
    });
  });

  it("leaves out the thoughts among its parts", async () => {
    const parts = [{ text: "Hm.", thought: true }, { text: "One, " }, { text: "two." }];
    const candidates = [{ content: { parts }, finishReason: "STOP" }];
    expect(await outcomeOf({ candidates })).toMatchObject({
      outcome: "answered",
      content: "One, two.",
    });
  });

  it("is a bad response without a candidate", async () => {
    for (const candidates of [[], null, undefined, "none"]) {
      expect(await outcomeOf({ candidates, usageMetadata })).toMatchObject({
        outcome: "bad_response",
        tokens: { in: 900, out: 0 },
      });
    }
  });

  it("has unknown tokens when an answer with words has no count", async () => {
    const candidates = [{ content: { parts: [{ text: "Yes." }] }, finishReason: "STOP" }];
    expect(await outcomeOf({ candidates, usageMetadata })).toMatchObject({
      outcome: "answered",
      tokens: null,
    });
  });
});

describe("the model that an answer names", () => {
  it.each([
    [openAiSpeaker, "model"],
    [geminiSpeaker, "modelVersion"],
    [claudeSpeaker, "model"],
  ] as const)("is recorded where it is another one ($0.name)", async (speaker, field) => {
    const namedBy = async (name: unknown) => {
      const { body } = speaker.answer();
      const reply = { body: { ...(body as object), [field]: name } };
      return (await askScripted(speaker, () => reply)).record;
    };
    expect((await namedBy("cheap-model-1b")).answeredBy).toBe("cheap-model-1b");
    const own = speaker.spec.slice(speaker.spec.indexOf(":") + 1);
    expect(await namedBy(`${own}-2025-01-31`)).not.toHaveProperty("answeredBy");
    expect(await namedBy({ no: "name" })).not.toHaveProperty("answeredBy");
  });
});

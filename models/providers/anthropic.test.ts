import { describe, expect, it } from "vitest";
import { askScripted, hasty } from "../../tests/loopback/ask-speaker.ts";
import { claudeSpeaker } from "../../tests/loopback/speakers.ts";
import { createGate } from "../gate/gate.ts";

const messages = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Why?" },
  { role: "assistant", content: "Because." },
  { role: "system", content: "Now rhyme." },
  { role: "user", content: "And then?" },
] as const;

describe("a request to Claude", () => {
  it("holds the system text beside the turns, and the settings", async () => {
    const settings = { temperature: 0, maxTokens: 321 };
    const { server } = await askScripted(claudeSpeaker, () => claudeSpeaker.answer(), {
      messages,
      settings,
    });
    expect(server.requests[0]?.headers["anthropic-version"]).toBe("2023-06-01");
    expect(server.requests[0]?.body).toEqual({
      model: "claude-test",
      max_tokens: 321,
      temperature: 0,
      system: "Be brief.",
      messages: [
        { role: "user", content: "Why?" },
        { role: "assistant", content: "Because." },
        { role: "user", content: "Now rhyme." },
        { role: "user", content: "And then?" },
      ],
    });
  });

  it("asks for a bounded answer where the topology is silent, as the API demands", async () => {
    const { server } = await askScripted(claudeSpeaker, () => claudeSpeaker.answer());
    expect(server.requests[0]?.body).toEqual({
      model: "claude-test",
      max_tokens: 4096,
      messages: [{ role: "user", content: "A question?" }],
    });
  });
});

describe("an answer of Claude", () => {
  async function recordOf(body: object, status = 200) {
    const gate = createGate(hasty);
    const { record } = await askScripted(claudeSpeaker, () => ({ status, body }), { gate });
    return { record, halted: gate.halted };
  }

  it("is its text blocks; cached input counts as input", async () => {
    const { record } = await recordOf({
      type: "message",
      content: [
        { type: "thinking", thinking: "Hm." },
        { type: "text", text: "One. " },
        { type: "text", text: "Two." },
      ],
      stop_reason: "end_turn",
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 300,
        output_tokens: 4,
      },
    });
    expect(record).toMatchObject({ content: "One. Two.", tokens: { in: 325, out: 4 } });
  });

  it.each([
    ["refusal", "refused"],
    ["model_context_window_exceeded", "cut_at_length"],
    ["stop_sequence", "answered"],
    ["pause_turn", "bad_response"],
  ])("that ended by %s is %s", async (stop_reason, outcome) => {
    const content = [{ type: "text", text: "Some." }];
    const usage = { input_tokens: 1, output_tokens: 1 };
    const { record } = await recordOf({ type: "message", content, stop_reason, usage });
    expect(record.outcome).toBe(outcome);
  });

  it.each([
    [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", false],
    [400, "invalid_request_error", "Your credit balance is too low to access the API.", true],
    [404, "not_found_error", "model: claude-nobody", true],
    [401, "authentication_error", "invalid x-api-key", true],
  ])("with status %i and %s (%s) stops the run: %s", async (status, type, message, stops) => {
    const { record, halted } = await recordOf({ type: "error", error: { type, message } }, status);
    expect(record.outcome).toBe(stops ? "provider_refused" : "context_overflow");
    expect(halted === null).toBe(!stops);
  });
});

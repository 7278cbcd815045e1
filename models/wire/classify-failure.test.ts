import { describe, expect, it } from "vitest";
import { classifyFailure } from "./classify-failure.ts";

function refused(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return classifyFailure({
    kind: "received",
    address: "http://127.0.0.1:8080/v1/chat/completions",
    status,
    headers: new Headers(headers),
    body: text,
  });
}

function broken(code: string | null) {
  return classifyFailure({ kind: "broken", detail: "it broke", code });
}

describe("classifyFailure", () => {
  it("takes a connection that was never made for free, and one that broke for paid perhaps", () => {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]) {
      expect(broken(code)).toMatchObject({ remedy: "transient", cost: "none" });
    }
    for (const code of ["ECONNRESET", "UND_ERR_SOCKET", "EPIPE", "Z_DATA_ERROR", null]) {
      expect(broken(code)).toMatchObject({ remedy: "once", cost: "unknown" });
    }
  });

  it("takes a time-out for paid perhaps", () => {
    expect(classifyFailure({ kind: "timed_out", detail: "" })).toMatchObject({
      outcome: "timed_out",
      remedy: "once",
      cost: "unknown",
    });
  });

  it("does not know what a gateway's time-out cost", () => {
    expect(refused(504, "")).toMatchObject({ remedy: "transient", cost: "unknown" });
    expect(refused(500, "")).toMatchObject({ remedy: "transient", cost: "none" });
  });

  it("leaves the row pending when a graph was stopped before its call was sent", () => {
    const error = new DOMException("The operation was aborted", "AbortError");
    expect(classifyFailure({ kind: "unsent", error })).toMatchObject({
      outcome: "interrupted",
      remedy: "row",
    });
    expect(classifyFailure({ kind: "unsent", error: new TypeError("no") })).toMatchObject({
      outcome: "invalid_request",
      remedy: "row",
      detail: "no",
    });
  });

  it.each([
    "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
    "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
    "`inputs` must have less than 4096 tokens. Given: 9000",
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.",
    "the input length exceeds the context length",
    "litellm.ContextWindowExceededError: prompt of 9000 tokens",
  ])("knows a full context by the words of every server: %s", (message) => {
    expect(refused(400, { error: { message } })).toMatchObject({ outcome: "context_overflow" });
  });

  it.each([
    { message: "litellm.ContentPolicyViolationError: AzureException" },
    { message: "It triggered Azure OpenAI's content management policy" },
    { message: "Input data may contain inappropriate content.", code: "data_inspection_failed" },
    { message: "No.", code: "DataInspectionFailed" },
  ])("knows a filter by the words of every gateway: %j", (error) => {
    expect(refused(400, { error })).toMatchObject({ outcome: "filtered", remedy: "row" });
  });

  it("does not take a row that speaks of credit for an empty account", () => {
    const message = "busy; request was: Explain insufficient credit";
    expect(refused(429, { error: { message } })).toMatchObject({ remedy: "wait" });
    const empty = "You have insufficient balance.";
    expect(refused(429, { error: { message: empty } })).toMatchObject({ isAccountEmpty: true });
  });

  it("is not misled by what a message links to or quotes", () => {
    const link = "Slow down. See https://help.example/insufficient_quota";
    expect(refused(429, { error: { message: link } })).toMatchObject({ remedy: "wait" });
    const quoted = { error: { message: "Invalid input: 'is my API key safe?'" } };
    expect(refused(400, quoted)).toMatchObject({ outcome: "invalid_request" });
    const echoed = { detail: [{ msg: "bad", input: "model gpt-9 not found; insufficient_quota" }] };
    expect(refused(422, echoed)).toMatchObject({ outcome: "invalid_request", remedy: "row" });
  });

  it("knows an empty account by its code, in any of the usual places", () => {
    for (const body of [
      { error: { message: "No.", code: "insufficient_quota" } },
      { error: { message: "No.", type: "insufficient_quota", code: null } },
      [{ error: { message: "No.", code: "billing_hard_limit_reached" } }],
      { error: "insufficient_quota" },
    ]) {
      expect(refused(429, body)).toMatchObject({ outcome: "provider_refused", remedy: "run" });
    }
  });

  it.each([
    [404, { error: { message: 'model "gemma9" not found, try pulling it first' } }],
    [404, { object: "error", message: "The model `x` does not exist.", code: 404 }],
    [400, { error: { message: "x/y is not a valid model ID", code: 400 } }],
    [400, { message: "Invalid model: x", type: "invalid_model" }],
    [400, { error: { message: "Model Not Exist" } }],
  ])("knows a missing model by HTTP %i %j", (status, body) => {
    expect(refused(status, body)).toMatchObject({ outcome: "provider_refused", remedy: "run" });
  });

  it.each([
    'Failed to parse template for prompt "which model is not found in nature"',
    "The model could not read the image_url in your message: resource not found.",
    "Cannot render: tell me which model does not exist",
    "Bad value: is my api key not valid?",
    "This is not a valid model of flight",
  ])("takes what a row says in a 400 for the row's: %s", (message) => {
    expect(refused(400, { error: { message, type: "invalid_request_error" } })).toMatchObject({
      outcome: "invalid_request",
      remedy: "row",
    });
  });

  it.each([
    "The model `gpt-9` does not exist or you do not have access to it.",
    "Model 'x/y' not found",
    "The requested model gemma-9 has been decommissioned and is no longer supported.",
  ])("still knows a missing model by the whole sentence of a 400: %s", (message) => {
    expect(refused(400, { error: { message } })).toMatchObject({ remedy: "run" });
  });

  it("reads how long to wait from headers and refusals for the rate, not from what else repeats a row", () => {
    const echo = { error: { message: "internal error" }, request: "try again in 2 hours" };
    for (const status of [429, 500, 503]) expect(refused(status, echo).waitMs).toBeNull();
    const said = { error: { message: "Please try again in 2s." } };
    expect(refused(429, said).waitMs).toBe(2_000);
    expect(refused(500, said).waitMs).toBeNull();
    expect(refused(503, said, { "retry-after": "1" }).waitMs).toBe(1_000);
  });

  it("knows a quota of nothing from a minute that is full, behind a long advice", () => {
    const advice = "You exceeded your current quota, please check your plan. ".repeat(8);
    const limit = (of: string) =>
      refused(429, {
        error: {
          code: 429,
          status: "RESOURCE_EXHAUSTED",
          message: `${advice}\n* Quota exceeded for metric: example.com/free_tier_requests, limit: ${of}, model: gemini\nPlease retry in 4.5s.`,
        },
      });
    expect(limit("0")).toMatchObject({ outcome: "provider_refused", remedy: "run" });
    for (const of of ["10", "0.5"]) expect(limit(of)).toMatchObject({ remedy: "wait" });
  });

  it("takes a refusal in a 200 for what it would be outside", () => {
    const inside = (error: object, beside: object = {}) => refused(200, { error, ...beside });
    const limited = { code: 429, message: "Rate limit exceeded: free-models-per-min." };
    expect(inside(limited)).toMatchObject({
      outcome: "rate_limited",
      remedy: "wait",
      cost: "none",
    });
    expect(inside({ message: "Slow.", type: "rate_limit_error" })).toMatchObject({
      remedy: "wait",
    });
    expect(inside({ code: 502, message: "Provider returned error" })).toMatchObject({
      outcome: "provider_error",
      remedy: "transient",
      cost: "unknown",
      detail: "HTTP 200 with error 502: Provider returned error",
    });
    expect(inside({ code: "503" })).toMatchObject({ remedy: "overloaded", cost: "unknown" });
    for (const code of [401, 402, "insufficient_quota"]) {
      expect(inside({ code, message: "No." })).toMatchObject({ remedy: "run", cost: "none" });
    }
    expect(inside({ code: 400, message: "Odd." })).toMatchObject({ outcome: "invalid_request" });
    const nothing = { usage: { prompt_tokens: 0, completion_tokens: 0 }, choices: [] };
    expect(inside(limited, nothing)).toMatchObject({ remedy: "wait", cost: "none" });
    const empty = { error: limited, finish_reason: "error", message: { content: "" } };
    expect(refused(200, { choices: [empty] })).toMatchObject({ remedy: "wait", cost: "none" });
    // What was counted may be billed.
    expect(inside(limited, { usage: { prompt_tokens: 9 } })).toMatchObject({
      outcome: "provider_error",
      remedy: "transient",
      cost: "unknown",
    });
  });

  it("shows where a redirection points without what may follow the path", () => {
    const location = "https://user:word@evil.example/v1?key=sk-canary-123#sk-canary-123";
    const { detail } = refused(302, "", { location });
    expect(detail).toContain("points to https://evil.example/v1;");
    expect(refused(302, "", { location: "/login?key=sk-canary-123" }).detail).toContain(
      "points to /login;",
    );
  });

  it("takes a bare 404 for a gateway's hiccup", () => {
    expect(refused(404, "<html>Not Found</html>")).toMatchObject({ remedy: "transient" });
  });

  it.each([301, 302, 307, 308])("names where %i points instead of following it", (status) => {
    const failure = refused(status, "", { location: "https://elsewhere.example/v1" });
    expect(failure).toMatchObject({ outcome: "provider_refused", remedy: "run" });
    expect(failure.detail).toContain("https://elsewhere.example/v1");
  });

  it("shows a provider's own sentence, in one short line", () => {
    const message = `Too long.\n\u001b[31m${"x".repeat(1_000)}`;
    const { detail } = refused(400, { error: { message } });
    expect(detail).toMatch(/^HTTP 400: Too long\. \[31mx+…$/);
    expect(detail.length).toBeLessThan(330);
    expect(refused(500, "plain words").detail).toBe("HTTP 500: plain words");
    expect(refused(500, "").detail).toBe("HTTP 500: ");
  });
});

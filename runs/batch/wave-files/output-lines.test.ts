import { describe, expect, it } from "vitest";
import { answerBatchFiles, type AskedLine } from "../../../tests/answer-batch-files.ts";
import { openWorkspace } from "../../../tests/workspace.ts";
import { generate } from "../../generate/generate.ts";

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const completion = (message: object, finish: string | null = "stop", rest: object = { usage }) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
  ...rest,
});
const said = completion({ content: "Yes." });
const ok = (body: unknown) => ({ response: { status_code: 200, request_id: "r", body } });
const http = (status: number, body: unknown) => ({
  response: { status_code: status, request_id: "r", body },
});
const openAiError = (message: string, code: string | null = null) => ({
  error: { message, type: "invalid_request_error", param: null, code },
});
const batchError = (code: string) => ({ response: null, error: { code, message: "No time." } });
const vllmError = (code: number, message: string) => ({
  response: { status_code: code, request_id: "r", body: null },
  error: { error: { message, type: "BadRequestError", param: null, code } },
});
const twoChoices = {
  ...said,
  choices: [...said.choices, { index: 1, message: { content: "No." } }],
};
const tool = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };

/** What may come for a call, and what becomes of its row: a text, a reason, or a new question. */
const kinds: Record<string, { lines: readonly object[]; becomes: string }> = {
  "an answer": { lines: [ok(said)], becomes: "Yes." },
  "an answer with thinking": {
    lines: [ok(completion({ content: "Yes.", reasoning_content: "Well." }))],
    becomes: "Yes.",
  },
  "several choices": { lines: [ok(twoChoices)], becomes: "Yes." },
  "an answer without usage": {
    lines: [ok(completion({ content: "Yes." }, "stop", {}))],
    becomes: "Yes.",
  },
  "an answer whose usage is null": {
    lines: [ok(completion({ content: "Yes." }, "stop", { usage: null }))],
    becomes: "Yes.",
  },
  "a status in digits": {
    lines: [{ response: { status_code: "200", body: said } }],
    becomes: "Yes.",
  },
  "no status": { lines: [{ response: { body: said }, error: null }], becomes: "Yes." },
  "the body in place of the response": { lines: [{ response: said }], becomes: "Yes." },
  "a body as text": { lines: [ok(JSON.stringify(said))], becomes: "Yes." },
  "an empty error beside an answer": { lines: [{ ...ok(said), error: {} }], becomes: "Yes." },
  "a failure, then an answer": {
    lines: [http(500, openAiError("Oh.")), ok(said)],
    becomes: "Yes.",
  },
  "an answer, then a failure": {
    lines: [ok(said), http(400, openAiError("Oh."))],
    becomes: "Yes.",
  },
  "no body, then an answer": { lines: [ok(null), ok(said)], becomes: "Yes." },
  "no answer of a model, then an answer": { lines: [ok({ result: 1 }), ok(said)], becomes: "Yes." },

  "an empty answer": { lines: [ok(completion({ content: "" }))], becomes: "empty" },
  "an answer of null": { lines: [ok(completion({ content: null }))], becomes: "empty" },
  "a call of a tool": {
    lines: [ok(completion({ content: null, tool_calls: [tool] }, "tool_calls"))],
    becomes: "bad_response",
  },
  "a refusal": { lines: [ok(completion({ content: null, refusal: "No." }))], becomes: "refused" },
  "a filtered answer": {
    lines: [ok(completion({ content: "Y" }, "content_filter"))],
    becomes: "filtered",
  },
  "a request that is too long": {
    lines: [http(400, openAiError("Too long.", "context_length_exceeded"))],
    becomes: "context_overflow",
  },
  "an invalid request, of OpenAI": {
    lines: [http(400, openAiError("Bad."))],
    becomes: "invalid_request",
  },
  "an invalid request, of vLLM": { lines: [vllmError(400, "Bad.")], becomes: "invalid_request" },
  "an exception in vLLM": {
    lines: [{ response: { status_code: 400, request_id: "r", body: null }, error: "Bad." }],
    becomes: "invalid_request",
  },

  "an expired request": { lines: [batchError("batch_expired")], becomes: "again" },
  "a cancelled request": { lines: [batchError("batch_cancelled")], becomes: "again" },
  "an error of a sentence": {
    lines: [{ response: null, error: "Engine died." }],
    becomes: "again",
  },
  "too many requests": { lines: [http(429, openAiError("Slow down."))], becomes: "again" },
  "an error in a 200": { lines: [ok(openAiError("Busy.", "server_error"))], becomes: "again" },
  "an error of vLLM's engine": { lines: [vllmError(500, "Died.")], becomes: "again" },
  "no body": { lines: [ok(null)], becomes: "again" },
  "no answer of a model": { lines: [ok({ result: 1 })], becomes: "again" },
  "neither response nor error": { lines: [{ response: null, error: null }], becomes: "again" },
  "nothing but a name": { lines: [{}], becomes: "again" },
  "no line": { lines: [], becomes: "again" },
};
const names = Object.keys(kinds);

function open() {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    names.map((name) => ({ id: name, prompt: `What of ${name}?` })),
  );
  const model = "compatible:m";
  space.write("single.json", JSON.stringify({ graph: "single", agents: { generator: { model } } }));
  const batchFiles = { folder: space.at("waves"), root: space.at("out") };
  const options = space.options("prompts.jsonl", "out", { batchFiles });
  return { space, run: () => generate(space.at("single.json"), options) };
}

/** The name of the kind that a line asks about. */
function kindOf({ body }: AskedLine): string {
  return names.find((name) => JSON.stringify(body).includes(`What of ${name}?`)) ?? "";
}

describe("a line of an output", () => {
  it("becomes an answer, a reason, or a new question", async () => {
    const { space, run } = open();
    await run();
    answerBatchFiles(space.at("waves"), (asked) =>
      asked.flatMap((line) =>
        (kinds[kindOf(line)]?.lines ?? []).map((one) => ({ custom_id: line.custom_id, ...one })),
      ),
    );
    expect((await run()).exitCode).toBe(143);
    const became = new Map<string, string>([
      ...space
        .lines("out", "rows.jsonl")
        .map(({ id, responses }) => [id, responses[0].text] as const),
      ...space.lines("out", "failed.jsonl").map(({ id, reason }) => [id, reason] as const),
      ...space.lines("waves", "wave-2.input.jsonl").map((line) => [kindOf(line), "again"] as const),
    ]);
    for (const name of names)
      expect({ [name]: became.get(name) }).toEqual({ [name]: kinds[name]?.becomes });
  });

  it.each([
    ["is an answer of a model", ok({ result: 1 }), "no choice in"],
    ["is taken, all for one reason", http(400, openAiError("'top_k' is unknown.")), "top_k"],
  ])("keeps the wave open where none %s", async (_, line, why) => {
    const { space, run } = open();
    await run();
    answerBatchFiles(space.at("waves"), (asked) =>
      asked.map(({ custom_id }) => ({ custom_id, ...line })),
    );
    const stopped = await run();
    expect(stopped).toMatchObject({ exitCode: 8, summary: { pending: names.length } });
    expect(stopped.stoppedBy).toContain(why);
    expect(space.files("waves")).toEqual(["wave-1.input.jsonl", "wave-1.output.jsonl"]);
  });
});

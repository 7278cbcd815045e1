import { gzipSync } from "node:zlib";
import type { Fault, Reply } from "../../loopback/reply.ts";
import { openAiSpeaker, type AnswerParts, type Speaker } from "../../loopback/speakers.ts";
import {
  geminiExhausted,
  geminiQuota,
  openAiQuota,
  openAiTier,
  overflows,
} from "./provider-texts.ts";

/** What a fault is made from: the request it befalls and the answer it spoils. */
export type FaultedRequest = {
  readonly speaker: Speaker;
  readonly model: string;
  /** Answers in the words of the provider; without parts, the good answer. */
  readonly answer: (parts?: AnswerParts) => Reply;
  /** What the good answer says. */
  readonly text: string;
  /** How long the server asks to wait, in milliseconds, in faults that say so. */
  readonly waitMs: number;
  /** The key the request came with, for servers that repeat it. */
  readonly sentKey: string;
};

/** What the server does in place of a good answer. */
export type FaultyReply = {
  readonly reply: Reply;
  /** An answer was made all the same, and a strict provider bills it. */
  readonly generated: boolean;
  /** How long all calls to this model are asked to wait, in milliseconds. */
  readonly heldMs?: number;
};

type Make = (request: FaultedRequest) => FaultyReply;

/** What a server may do wrong, by the name that the log and the settings know it by. */
export const faults = {
  // Its limit, in all the ways of telling how long to wait.
  "429-seconds": ({ waitMs }) => {
    const seconds = Math.ceil(waitMs / 1_000);
    return held(seconds * 1_000, bare429({ "retry-after": String(seconds) }));
  },
  "429-date": ({ waitMs }) => {
    const until = Math.ceil((Date.now() + waitMs) / 1_000) * 1_000;
    const heldMs = until - Date.now();
    return held(heldMs, bare429({ "retry-after": new Date(until).toUTCString() }));
  },
  "429-milliseconds": ({ waitMs }) => held(waitMs, bare429({ "retry-after-ms": String(waitMs) })),
  "429-bare": () => refused(bare429({})),
  "429-openai-tier": ({ model, waitMs }) => held(waitMs, openAiTier(model, waitMs)),
  "429-gemini-quota": ({ model, waitMs }) => held(waitMs, geminiQuota(model, waitMs)),
  "429-gemini-exhausted": () => refused(geminiExhausted),
  "429-limit-zero": ({ model, waitMs }) => held(waitMs, geminiQuota(model, waitMs, 0)),
  "429-quota-gone": () => refused(openAiQuota),

  // Its own trouble.
  "http-500": ({ speaker }) => refused(speaker.refusal(500, "The server had an error.")),
  "http-502": () => refused(page(502, "Bad Gateway")),
  "http-503": ({ speaker }) => refused(speaker.refusal(503, "The model is overloaded.")),
  "http-529": ({ speaker }) => refused(speaker.refusal(529, "Overloaded")),
  "gateway-404": () => refused(page(404, "Not Found")),
  "gateway-504": () => ({ reply: page(504, "Gateway Time-out"), generated: true }),
  "key-repeated": ({ speaker, sentKey }) =>
    refused(
      speaker.refusal(500, `upstream refused Authorization: Bearer ${sentKey} (key=${sentKey})`),
    ),
  "key-in-refusal": ({ speaker, sentKey }) =>
    refused(speaker.refusal(400, `Unsupported value for the key "${sentKey}".`)),
  "key-in-answer": ({ answer, text, sentKey }) => paid(answer({ content: `${text} ${sentKey}` })),

  // The request's.
  "bad-request": ({ speaker }) =>
    refused(speaker.refusal(400, "Unsupported value: 'temperature'.")),
  "overflow-openai": () => refused({ status: 400, body: overflows["overflow-openai"] }),
  "overflow-openrouter": () => refused({ status: 400, body: overflows["overflow-openrouter"] }),
  "overflow-gemini": () => refused({ status: 400, body: overflows["overflow-gemini"] }),
  "overflow-llama-cpp": () => refused({ status: 400, body: overflows["overflow-llama-cpp"] }),
  "overflow-vllm": () => refused({ status: 400, body: overflows["overflow-vllm"] }),

  // The connection's.
  "hang-before-headers": onWire({ kind: "hang", where: "before-headers" }),
  "hang-after-headers": onWire({ kind: "hang", where: "after-headers" }),
  "hang-in-body": onWire({ kind: "hang", where: "in-body" }),
  "slow-loris": onWire({ kind: "drip", everyMs: 20 }),
  "rst-before-headers": onWire({ kind: "cut", by: "rst", afterBytes: null }),
  "fin-before-headers": onWire({ kind: "cut", by: "fin", afterBytes: null }),
  "rst-in-body": onWire({ kind: "cut", by: "rst", afterBytes: 60 }),
  "fin-in-body": onWire({ kind: "cut", by: "fin", afterBytes: 60 }),
  "length-too-long": onWire({ kind: "wrong-length", bytes: 1_000_000 }),
  "length-too-short": onWire({ kind: "wrong-length", bytes: 60 }),
  "gzip-garbage": ({ answer }) => compressed(answer(), (body) => body),
  "gzip-cut": ({ answer }) => compressed(answer(), (body) => gzipSync(body).subarray(0, -12)),

  // Answers that arrive whole, are paid for, and can't be used.
  "malformed-json": ({ answer }) =>
    paid(withBody(answer(), bytesOf(answer()).toString().slice(0, -9))),
  "html-200": () => ({
    reply: { ...page(200, "One moment, please"), status: 200 },
    generated: true,
  }),
  "empty-body": ({ answer }) => paid(withBody(answer(), "")),
  "empty-choices": ({ answer, speaker }) =>
    paid(withField(answer(), isOpenAi(speaker) ? "choices" : "candidates", [])),
  "null-content": ({ answer }) => paid(answer({ content: null })),
  // The one of them that is as good as any; only its cost is not stated.
  "null-usage": ({ answer }) => paid(answer({ usage: null })),

  // Answers that do not end as a good one does.
  "end-length": ({ answer, speaker }) => paid(answer({ finish: speaker.finish.cut })),
  "end-filter": ({ answer, speaker }) => paid(answer({ finish: speaker.finish.filtered })),
  "end-recitation": ({ answer }) => paid(answer({ finish: "RECITATION" })),
  "end-missing": ({ answer }) => paid(answer({ finish: null })),
  "end-unknown": ({ answer }) => paid(answer({ finish: "malformed_function_call" })),
  refusal: ({ answer, speaker, text }) =>
    isOpenAi(speaker)
      ? paid(refusalField(answer({ content: null }), text))
      : paid(answer({ finish: "PROHIBITED_CONTENT" })),
  "prompt-blocked": ({ answer, speaker }) =>
    isOpenAi(speaker)
      ? refused(
          speaker.refusal(
            400,
            "This request was flagged as potentially violating our policy.",
            "invalid_prompt",
          ),
        )
      : paid(
          withField(withField(answer(), "candidates", undefined), "promptFeedback", {
            blockReason: "SAFETY",
          }),
        ),
} as const satisfies Readonly<Record<string, Make>>;

export type FaultName = keyof typeof faults;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}

function bare429(headers: Readonly<Record<string, string>>): Reply {
  return { status: 429, headers, body: { error: { message: "Too Many Requests" } } };
}

function page(status: number, title: string): Reply {
  const body =
    `<html><head><title>${status} ` +
    `${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { status, headers: { "content-type": "text/html" }, body };
}

function refused(reply: Reply): FaultyReply {
  return { reply, generated: false };
}

function held(heldMs: number, reply: Reply): FaultyReply {
  return { reply, generated: false, heldMs };
}

function paid(reply: Reply): FaultyReply {
  return { reply, generated: true };
}

function onWire(fault: Fault): Make {
  return ({ answer }) => paid({ ...answer(), fault });
}

function compressed(answer: Reply, squeeze: (body: Buffer) => Buffer): FaultyReply {
  const headers = { "content-encoding": "gzip" };
  return paid({ ...withBody(answer, squeeze(bytesOf(answer))), headers });
}

function bytesOf({ body }: Reply): Buffer {
  return Buffer.from(JSON.stringify(body));
}

function withBody(reply: Reply, body: string | Buffer): Reply {
  return { ...reply, body };
}

function withField(reply: Reply, name: string, value: unknown): Reply {
  return { ...reply, body: { ...(reply.body as object), [name]: value } };
}

function refusalField(reply: Reply, text: string): Reply {
  const body = reply.body as { readonly choices: readonly [{ readonly message: object }] };
  const [choice] = body.choices;
  const message = { ...choice.message, refusal: `I can't help with that. ${text}` };
  return withField(reply, "choices", [{ ...choice, message }]);
}

function isOpenAi(speaker: Speaker): boolean {
  return speaker === openAiSpeaker;
}

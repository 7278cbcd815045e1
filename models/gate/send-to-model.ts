import { setImmediate as nextTurn } from "node:timers/promises";
import { answerIn, type InProcessCallOptions } from "../in-process/in-process.ts";
import { classifyFailure, classifyResponse, type WireFailure } from "../wire/classify-failure.ts";
import { parseBody } from "../wire/body.ts";
import { embeddedErrorIn } from "../wire/embedded-error.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { parseAnswer } from "../providers/read-answer.ts";
import { onWire, postOnWire, type ReceivedResponse, type WireCall } from "../wire/wire.ts";
import type { Call } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Protocol } from "../protocol.ts";
import { untraced } from "./following/noop-tracer.ts";
import { adaptBodyOf } from "./request/plain-request.ts";
import { adaptedMessages, requestMessages } from "./request/request-messages.ts";
import { isFailure, type Answer, type Next, type Send, type Sent } from "./step.ts";

export type SendOptions = {
  /** The longest one request may take where its agent does not say, in milliseconds. */
  readonly timeoutMs: number;
  /** The longest silence inside an answer, in milliseconds. */
  readonly idleMs: number;
  /** Cuts requests on their way. */
  readonly cutting: AbortSignal;
};

/** Sends a call once, over the wire or to a model in this process: the end of the chain. */
export function sendToModel(options: SendOptions): Next {
  return (send) =>
    send.endpoint.protocol === null
      ? askInProcess(send)
      : askOverWire(send, send.endpoint.protocol, options);
}

/**
 * The answer is read from what the wire received, and kept before a client may parse it. What the
 * client makes of the response does not matter: clients throw away answers that were paid for. So a
 * call does without one, where its request can be made so and LangChain doesn't follow it.
 */
async function askOverWire(
  { call, endpoint, keep, heard, followedBy }: Send,
  protocol: Protocol,
  { timeoutMs, idleMs, cutting }: SendOptions,
): Promise<Sent> {
  let sent: Sent = null;
  const wireCall: WireCall = {
    totalMs: endpoint.settings.timeoutMs ?? timeoutMs,
    idleMs,
    signal: cutting,
    adaptBody: adaptBodyOf(endpoint.settings, protocol),
    received: async (response) => {
      heard(response.headers);
      const read = readResponse(response, protocol);
      sent = isFailure(read) ? read : ((await keep(read)) ?? read);
    },
  };
  const { requestOf } = endpoint;
  const result =
    requestOf === undefined || followedBy === "langchain"
      ? await onWire(wireCall, () => askClient(call, endpoint))
      : await postOnWire(wireCall, requestOf(adaptedMessages(call.messages, endpoint)));
  return sent ?? classifyFailure(result);
}

async function askClient(call: Call, endpoint: Endpoint): Promise<unknown> {
  const chatModel = await endpoint.chatModel();
  // Tracers are told of the call already, where there are some; the client would tell them again.
  return chatModel.invoke(requestMessages(call.messages, endpoint), { callbacks: [untraced] });
}

/** Reads a response, its body parsed once. */
export function readResponse(response: ReceivedResponse, protocol: Protocol): Answer | WireFailure {
  const { status, flaw } = response;
  const body = parseBody(response.body);
  const isAnswer = status >= 200 && status < 300;
  if (!isAnswer || (flaw === undefined && embeddedErrorIn(body) !== null)) {
    return classifyResponse(response, body, protocol.readError);
  }
  const raw: RawAnswer = {
    kind: "http",
    dialect: protocol.name,
    status,
    body: response.body,
    ...(flaw === undefined ? {} : { flaw }),
  };
  return { ...parseAnswer(raw, body), source: "model" };
}

async function askInProcess({ call, endpoint, keep }: Send): Promise<Sent> {
  await nextTurn();
  const inProcess: Partial<InProcessCallOptions> = { call };
  // Past the client's own bookkeeping, which takes longer than such a model does.
  const chatModel = await endpoint.chatModel();
  const { generations } = await chatModel._generate(
    requestMessages(call.messages, endpoint),
    inProcess,
  );
  const reply = generations[0]?.message;
  if (reply === undefined) throw new Error(`${endpoint.spec} generated nothing`);
  const raw = answerIn(reply);
  const answer: Answer = { ...parseAnswer(raw), source: "model" };
  // A cassette that lacks a call today may hold it tomorrow.
  if (raw.kind === "in-process" && raw.failure !== undefined) return answer;
  return (await keep(answer)) ?? answer;
}

import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOpenAI } from "@langchain/openai";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { createGate } from "../../../models/gate/gate.ts";
import { askSpeaker } from "../../loopback/ask-speaker.ts";
import { geminiSpeaker, openAiSpeaker, type Speaker } from "../../loopback/speakers.ts";
import type { FaultCase, FaultContext } from "../fault-case.ts";
import type { RequestEntry } from "../server/request-log.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

const deadlineMs = 300;
/** A hang has no end that could be waited for; ten times the deadline is enough. */
const watchedMs = 10 * deadlineMs;
const questions = {
  cut: { ours: "Cut? #row-1#", plain: "Cut? #row-2#" },
  refused: { ours: "Refused? #row-3#", plain: "Refused? #row-4#" },
  hung: { ours: "Hung? #row-5#", plain: "Hung? #row-6#" },
};
const faults: readonly FaultRule[] = [
  { fault: "end-length", rows: [1, 2] },
  { fault: "429-bare", rows: [3, 4], attempts: [1] },
  { fault: "hang-before-headers", rows: [5, 6] },
];

/**
 * The last line of the issue: what a plain client of LangChain does at the same server. Only ours
 * can break a promise.
 */
export const plainLangchain: FaultCase = {
  name: "plain-langchain",
  fault:
    "an answer cut at its length, a 429 without a header, a Gemini server that hangs; ours " +
    "beside a plain LangChain client",
  promise: "ours buys a cut answer once, outlasts the 429 and closes the hung connection in time",
  run: (context) =>
    withFaultServer({ seed: context.seed }, async (server) => {
      await server.reset({ faults });
      const [cut, refused, hung] = await Promise.all([
        cutAnswer(server, context),
        bare429(server),
        hungGemini(server),
      ]);
      return {
        rounds: 3,
        violations: [...cut.violations, ...refused.violations, ...hung.violations],
        figures: { ...cut.figures, ...refused.figures, ...hung.figures },
      };
    }),
};

async function cutAnswer(server: FaultServer, { size }: FaultContext) {
  // Its six retries take over a minute; its own option reduces them to two where there is no time
  // for that.
  const retries = size === "full" ? {} : { maxRetries: 2 };
  const answer = z.object({ answer: z.string() });
  const plain = plainOpenAi(server, retries).withStructuredOutput(answer, { method: "jsonSchema" });
  const [{ outcome }] = await Promise.all([
    askOurs(server, openAiSpeaker, questions.cut.ours),
    outcomeOf(plain.invoke(questions.cut.plain)),
  ]);
  const ours = (await sendsOf(server, questions.cut.ours)).length;
  const others = (await sendsOf(server, questions.cut.plain)).length;
  const label = size === "full" ? "by default" : "with maxRetries: 2";
  const isKept = outcome === "cut_at_length" && ours === 1;
  return {
    violations: isKept ? [] : [`a cut answer: ${outcome}, ${ours} paid requests`],
    figures: {
      "cut answer, paid requests": `ours ${ours}, plain ${label} ${others} (${others / ours} times)`,
    },
  };
}

async function bare429(server: FaultServer) {
  const { outcome } = await askOurs(server, openAiSpeaker, questions.refused.ours);
  const plain = await outcomeOf(plainOpenAi(server).invoke(questions.refused.plain));
  const sends = (await sendsOf(server, questions.refused.plain)).length;
  return {
    violations: outcome === "answered" ? [] : [`a bare 429: ended as ${outcome}`],
    figures: { "bare 429": `ours ${outcome}, plain ${plain}, sends: ${sends}` },
  };
}

async function hungGemini(server: FaultServer) {
  await askOurs(server, geminiSpeaker, questions.hung.ours, deadlineMs);
  const plain = new ChatGoogleGenerativeAI({
    model: "gemini-test",
    apiKey: "test-key-0123456789",
    baseUrl: server.url,
    maxRetries: 0,
  });
  const signal = AbortSignal.timeout(deadlineMs);
  const call = outcomeOf(plain.invoke(questions.hung.plain, { timeout: deadlineMs, signal }));
  const state = await Promise.race([call, sleep(watchedMs, "still waiting")]);
  const closed = (await sendsOf(server, questions.hung.plain))[0]?.endedAfterMs ?? null;
  const connection = closed === null ? "open" : `closed after ${Math.round(closed)} ms`;
  const ours = await sendsOf(server, questions.hung.ours);
  const oursMs = Math.max(...ours.map(({ endedAfterMs }) => endedAfterMs ?? watchedMs));
  return {
    violations: oursMs < deadlineMs + 250 ? [] : [`a hung connection: closed after ${oursMs} ms`],
    figures: {
      [`hung Gemini, time-out of ${deadlineMs} ms`]: `ours closed after ${Math.round(oursMs)} ms; plain ${state} after ${watchedMs} ms, its connection ${connection}`,
    },
  };
}

function askOurs(server: FaultServer, speaker: Speaker, content: string, timeoutMs = 20_000) {
  const gate = createGate({ retryMs: 10, timeoutMs });
  return askSpeaker(speaker, server, { gate, messages: [{ role: "user", content }] });
}

function plainOpenAi(server: FaultServer, options: { readonly maxRetries?: number } = {}) {
  return new ChatOpenAI({
    model: "test-model",
    apiKey: "test-key-0123456789",
    configuration: { baseURL: `${server.url}/v1` },
    ...options,
  });
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "answered";
  } catch (error) {
    return error instanceof Error ? `failed (${error.name})` : "failed";
  }
}

async function sendsOf(server: FaultServer, question: string): Promise<RequestEntry[]> {
  const row = Number(/#row-(\d+)#/.exec(question)?.[1]);
  return (await server.log()).filter((entry) => entry.row === row);
}

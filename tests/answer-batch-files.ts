import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerQuestion, readQuestion } from "./fault/server/answer-request.ts";
import { defaultSettings } from "./fault/server/server-settings.ts";
import type { Script } from "./loopback/loopback-server.ts";

/** A line of a batch's input. */
export type AskedLine = {
  readonly custom_id: string;
  readonly method: string;
  readonly url: string;
  readonly body: object;
};

/** Answers as a server for chat completions: a function of the request alone. */
export const answerLive: Script = ({ path, body }) => {
  const question = readQuestion(path, JSON.stringify(body));
  if (question === null) return { status: 404, body: { error: { message: "no such path" } } };
  return answerQuestion(question, 1, null, defaultSettings).reply;
};

/** The same answer as a line of a batch's output, as `vllm run-batch` writes it. */
export function answeredLine({ custom_id, url, body }: AskedLine): object {
  const question = readQuestion(url, JSON.stringify(body));
  if (question === null) throw new Error(`${url} is no question`);
  const { reply } = answerQuestion(question, 1, null, defaultSettings);
  return {
    id: `vllm-${custom_id.slice(0, 8)}`,
    custom_id,
    response: { status_code: 200, request_id: "vllm-batch-1", body: reply.body },
    error: null,
  };
}

/** Makes the lines of an output from those of its input. */
export type AnswerLines = (asked: readonly AskedLine[], name: string) => readonly unknown[];

/** In another order than they were asked in. */
export const inReverse: AnswerLines = (asked) => asked.map(answeredLine).toReversed();

/**
 * Answers every input in a folder that has no output yet, folders below it too.
 *
 * @returns The lines that were asked, by the names of their inputs.
 */
export function answerBatchFiles(
  folder: string,
  answer: AnswerLines = inReverse,
): Record<string, AskedLine[]> {
  const inputs = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".input.jsonl"))
    .toSorted();
  const found: Record<string, AskedLine[]> = {};
  for (const name of inputs) {
    const output = join(folder, name.replace(/\.input\.jsonl$/, ".output.jsonl"));
    if (existsSync(output)) continue;
    const asked = linesOf(readFileSync(join(folder, name), "utf8"));
    const lines = answer(asked, name).map((line) =>
      typeof line === "string" ? line : JSON.stringify(line),
    );
    writeFileSync(output, lines.map((line) => `${line}\n`).join(""));
    // Written long ago, and so whole.
    utimesSync(output, 0, 0);
    found[name] = asked;
  }
  return found;
}

function linesOf(text: string): AskedLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AskedLine);
}

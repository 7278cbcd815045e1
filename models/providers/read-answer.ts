import type { Protocol } from "../protocol.ts";
import { parseBody, type Body } from "../wire/body.ts";
import { badResponse, judgeEnd, type ReadAnswer } from "../wire/judge-end.ts";
import { oneLine } from "../wire/one-line.ts";
import { fieldsOf } from "../wire/request-params.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { credibleUsage } from "../wire/token-usage.ts";
import { providers } from "./providers.ts";
import { rewardServers } from "./reward-apis.ts";

/** A raw answer and its reading, made once and handed along. */
export type ParsedAnswer = {
  readonly raw: RawAnswer;
  readonly read: ReadAnswer;
  /**
   * Whether the body can't be a model's output, not even a bad one: no JSON, or none of the fields
   * of its protocol. A wrong address, the page of a gateway, the greeting of a server.
   */
  readonly isForeign: boolean;
};

const protocols: ReadonlyMap<string, Protocol> = new Map(
  [
    ...providers.flatMap((provider) => ("protocol" in provider ? [provider.protocol] : [])),
    ...Object.values(rewardServers).map(({ protocol }) => protocol),
  ].map((protocol) => [protocol.name, protocol] as const),
);

/** Reads a raw answer. */
export function readAnswer(raw: RawAnswer): ReadAnswer {
  return parseAnswer(raw).read;
}

/**
 * Parses and reads a raw answer. Never throws, and never takes half an answer for a whole one.
 *
 * @param body The body of the answer where it was parsed before
 */
export function parseAnswer(raw: RawAnswer, body?: Body): ParsedAnswer {
  if (raw.kind === "in-process") return { raw, read: readInProcess(raw), isForeign: false };
  const { json } = body ?? parseBody(raw.body);
  const shown = () => oneLine(raw.body, 120);
  if (json === undefined) {
    const found = raw.body.trim() === "" ? "an empty body" : shown();
    const read = badResponse(raw.flaw ?? `no JSON in the answer: ${found}`, null);
    return { raw, read, isForeign: raw.flaw === undefined };
  }
  const protocol = protocols.get(raw.dialect);
  if (protocol === undefined) {
    const read = badResponse(`no reader for the protocol "${oneLine(raw.dialect, 60)}"`, null);
    return { raw, read, isForeign: false };
  }
  const stated = protocol.readBody(json, shown);
  if (raw.flaw !== undefined) {
    return { raw, read: badResponse(raw.flaw, stated.tokens), isForeign: false };
  }
  const tokens = credibleUsage(stated.tokens, protocol.writesNothing ? "" : stated.content);
  const read = { ...stated, tokens, ...modelIn(json, protocol) };
  return { raw, read, isForeign: read.outcome === "bad_response" && lacksOutput(json, protocol) };
}

/** The model that the answer names. */
function modelIn(json: unknown, { modelField }: Protocol): Pick<ReadAnswer, "answeredBy"> {
  const name = fieldsOf(json)[modelField];
  return typeof name === "string" ? { answeredBy: oneLine(name, 100) } : {};
}

function lacksOutput(json: unknown, { outputFields }: Protocol): boolean {
  if (typeof json !== "object" || json === null) return true;
  const fields = json as Readonly<Record<string, unknown>>;
  return !outputFields.some((name) => fields[name] != null);
}

function readInProcess(raw: Extract<RawAnswer, { kind: "in-process" }>): ReadAnswer {
  if (raw.failure === undefined) return judgeEnd(raw.content, raw.finish, raw.tokens);
  const { outcome, detail } = raw.failure;
  return { outcome, detail, content: raw.content, finish: raw.finish, tokens: raw.tokens };
}

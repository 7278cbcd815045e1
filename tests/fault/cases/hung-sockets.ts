import { createGate, type GateOptions } from "../../../models/gate/gate.ts";
import { askSpeaker } from "../../loopback/ask-speaker.ts";
import { speakers, type Speaker } from "../../loopback/speakers.ts";
import type { FaultCase } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import type { RequestEntry } from "../server/request-log.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

const deadlineMs = 400;
/** How much later than its deadline a connection may be closed. */
/**
 * Below the other limit, which would close the connection too, and above what a busy machine takes.
 */
const graceMs = 300_000;
const long = 600_000;
const total: GateOptions = { retryMs: 1, timeoutMs: deadlineMs, idleMs: long };
const idle: GateOptions = { retryMs: 1, timeoutMs: long, idleMs: deadlineMs };

/**
 * What hangs, and the deadline that has to end it: of the whole request, or of a silence inside the
 * answer.
 */
const hangs: readonly (readonly [FaultName, GateOptions])[] = [
  ["hang-before-headers", total],
  ["hang-after-headers", total],
  ["hang-after-headers", idle],
  ["hang-in-body", total],
  ["hang-in-body", idle],
  ["slow-loris", total],
];

type Found = { readonly violations: string[]; readonly lateMs: number[] };

/**
 * Row 14 of the plan. A server can't see when a connection closes that it does not read, so that
 * one is timed at the client.
 */
export const hungSockets: FaultCase = {
  name: "hung-sockets",
  fault:
    "servers that accept and never read, read and never answer, stop after the headers or " +
    "in the body, or send 50 bytes a second; OpenAI's and Gemini's client",
  promise: "closed at the deadline, sent again at most once, no connection left open",
  run: ({ seed, size }) =>
    withFaultServer({ seed }, async (server) => {
      const rounds = size === "full" ? 20 : 1;
      const found: Found[] = [];
      for (let round = 0; round < rounds; round += 1) {
        for (const speaker of speakers) found.push(...(await hangAll(speaker, server)));
      }
      const { openConnections } = await server.report();
      const violations = found.flatMap((one) => one.violations);
      if (openConnections > 0) violations.push(`${openConnections} connections left open`);
      const lateMs = found.flatMap((one) => one.lateMs);
      return {
        rounds: rounds * speakers.length * (hangs.length + 1),
        violations,
        figures: {
          connections: lateMs.length,
          "latest close after the deadline, ms": Math.round(Math.max(...lateMs)),
          "left open": openConnections,
        },
      };
    }),
};

/** All at once: one that hangs must not delay the deadline of another. */
async function hangAll(speaker: Speaker, server: FaultServer): Promise<Found[]> {
  // The first request of a process takes its time, and its deadline begins before it is sent.
  await server.reset({ faults: [{ fault: "bad-request" }] });
  await askSpeaker(speaker, server);
  await server.reset({ faults: hangs.map(([fault], index) => ({ fault, rows: [index + 1] })) });
  const asked = hangs.map((one, index) => ask(speaker, server, one, index + 1));
  const [unread, ...outcomes] = await Promise.all([leaveUnread(speaker, server), ...asked]);
  const log = await server.settledLog();
  const hung = hangs.map(([fault, options], index) => {
    const where = `${speaker.name}, ${fault}, ${options === total ? "whole request" : "silence"}`;
    const sends = log.filter(({ row }) => row === index + 1);
    return judgeHang(where, outcomes[index] ?? "nothing", sends);
  });
  return [unread, ...hung];
}

async function ask(
  speaker: Speaker,
  server: FaultServer,
  [, options]: (typeof hangs)[number],
  row: number,
): Promise<string> {
  const messages = [{ role: "user", content: `What of #row-${row}#?` }] as const;
  const gate = createGate(options);
  return (await askSpeaker(speaker, server, { gate, row, messages })).outcome;
}

function judgeHang(where: string, outcome: string, sends: readonly RequestEntry[]): Found {
  const violations: string[] = [];
  if (outcome !== "timed_out") violations.push(`${where}: ended as ${outcome}`);
  if (sends.length > 2) violations.push(`${where}: ${sends.length} sends`);
  const lateMs = sends.map(({ endedAfterMs }) => (endedAfterMs ?? long) - deadlineMs);
  for (const [index, late] of lateMs.entries()) {
    if (late > graceMs) violations.push(`${where}: closed ${Math.round(late)} ms late`);
    if (sends[index]?.clientClosedEarly !== true)
      violations.push(`${where}: not closed by the client`);
  }
  return { violations, lateMs };
}

async function leaveUnread(speaker: Speaker, server: FaultServer): Promise<Found> {
  const where = `${speaker.name}, never read`;
  const began = performance.now();
  const { outcome } = await askSpeaker(
    speaker,
    { url: server.unreadUrl },
    { gate: createGate(total) },
  );
  // Two sends, one after the other.
  const late = (performance.now() - began) / 2 - deadlineMs;
  const { openUnread } = await server.report();
  const violations: string[] = [];
  if (outcome !== "timed_out") violations.push(`${where}: ended as ${outcome}`);
  if (late > graceMs) violations.push(`${where}: given up ${Math.round(late)} ms late`);
  if (openUnread > 0) violations.push(`${where}: ${openUnread} connections left open`);
  return { violations, lateMs: [late] };
}

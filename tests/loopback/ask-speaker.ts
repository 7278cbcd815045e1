import { createAgent } from "../../models/gate/agent.ts";
import { createEndpoint } from "../../models/providers/create-endpoint.ts";
import type { ModelSettings } from "../../models/model-settings.ts";
import { createGate, type Gate, type GateOptions } from "../../models/gate/gate.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { Message } from "../../state/message.ts";
import { withLoopbackServer, type LoopbackServer, type Script } from "./loopback-server.ts";
import type { Speaker } from "./speakers.ts";

export type AskOptions = {
  readonly gate?: Gate;
  readonly settings?: ModelSettings;
  readonly messages?: readonly Message[];
  /** Rows are distinguished by their number; default 1. */
  readonly row?: number;
  readonly spec?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Waits that a test can afford; the deadlines stay long. */
export const hasty: GateOptions = { retryMs: 1, timeoutMs: 600_000, idleMs: 600_000 };

/**
 * Asks one question of a server that speaks like a provider, the way every node does: agent, gate,
 * endpoint.
 */
export async function askSpeaker(
  speaker: Speaker,
  server: Pick<LoopbackServer, "url">,
  { gate = createGate(hasty), settings = {}, messages, row = 1, ...other }: AskOptions = {},
): Promise<CallRecord> {
  const environment = other.environment ?? speaker.environment(server.url);
  const endpoint = await createEndpoint(other.spec ?? speaker.spec, settings, environment);
  const agent = createAgent({ name: "generator", role: "generator", endpoint }, gate);
  return agent.ask({
    row: { number: row, id: `row-${row}` },
    part: "",
    turn: 0,
    messages: messages ?? [{ role: "user", content: "A question?" }],
    expects: { kind: "text" },
  });
}

/** The result of one question, and all requests that the server got for it. */
export async function askScripted(
  speaker: Speaker,
  script: Script,
  options: AskOptions = {},
): Promise<{ record: CallRecord; server: LoopbackServer }> {
  return withLoopbackServer(script, async (server) => ({
    record: await askSpeaker(speaker, server, options),
    server,
  }));
}

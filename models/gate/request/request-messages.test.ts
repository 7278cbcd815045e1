import { describe, expect, it } from "vitest";
import type { Message } from "../../../state/message.ts";
import type { Protocol } from "../../protocol.ts";
import { anthropic } from "../../providers/anthropic.ts";
import { google } from "../../providers/google.ts";
import { openai } from "../../providers/openai.ts";
import { requestMessages } from "./request-messages.ts";

function sent(
  messages: readonly Message[],
  options: { protocol?: Protocol; systemRole?: boolean } = {},
): string[] {
  const { protocol = openai.protocol, systemRole } = options;
  return requestMessages(messages, { protocol, settings: { systemRole } }).map(
    (message) => `${message.getType()}: ${message.text}`,
  );
}

const system = { role: "system", content: "S1" } as const;
const later = { role: "system", content: "S2" } as const;
const user = { role: "user", content: "U" } as const;
const assistant = { role: "assistant", content: "A" } as const;

describe("requestMessages", () => {
  it("keeps a plain conversation as it is", () => {
    expect(sent([system, user, assistant, user])).toEqual([
      "system: S1",
      "human: U",
      "ai: A",
      "human: U",
    ]);
    expect(sent([])).toEqual([]);
  });

  it("joins system messages that open a conversation", () => {
    expect(sent([system, later, user])).toEqual(["system: S1\n\nS2", "human: U"]);
    expect(sent([system, later])).toEqual(["system: S1\n\nS2"]);
  });

  it("leaves a later system message in its place, as the user's where the protocol demands it", () => {
    expect(sent([system, user, later])).toEqual(["system: S1", "human: U", "system: S2"]);
    for (const { protocol } of [google, anthropic]) {
      expect(sent([system, user, later], { protocol })).toEqual([
        "system: S1",
        "human: U",
        "human: S2",
      ]);
    }
  });

  it("puts all system text before the first user message where there is no system role", () => {
    expect(sent([system, assistant, user, later, user], { systemRole: false })).toEqual([
      "ai: A",
      "human: S1\n\nS2\n\nU",
      "human: U",
    ]);
  });

  it("loses no system text where there is no user message either", () => {
    expect(sent([system], { systemRole: false })).toEqual(["human: S1"]);
    expect(sent([system, assistant], { systemRole: false })).toEqual(["human: S1", "ai: A"]);
  });
});

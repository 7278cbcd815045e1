import { describe, expect, it } from "vitest";
import type { Message } from "../../state/message.ts";
import { requestMessages } from "./request-messages.ts";

function sent(
  messages: readonly Message[],
  options: { dialect?: "openai" | "google"; systemRole?: boolean } = {},
): string[] {
  const { dialect = "openai", systemRole } = options;
  return requestMessages(messages, { dialect, settings: { systemRole } }).map(
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

  it("leaves a later system message in its place, as the user's where Google is asked", () => {
    expect(sent([system, user, later])).toEqual(["system: S1", "human: U", "system: S2"]);
    expect(sent([system, user, later], { dialect: "google" })).toEqual([
      "system: S1",
      "human: U",
      "human: S2",
    ]);
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

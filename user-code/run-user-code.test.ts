import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAgent } from "../models/gate/agent.ts";
import { createEndpoint } from "../models/providers/create-endpoint.ts";
import { createGate } from "../models/gate/gate.ts";
import { collectLateErrors } from "./late-errors.ts";
import { runUserCode } from "./run-user-code.ts";
import { attributeToUserCode, recordCalls } from "./call-recorder.ts";

const row = { number: 1, id: "1" };

function run(code: () => unknown, patienceMs = 1000) {
  return runUserCode(code, { name: "own", row, part: "", wasAsked: () => false }, patienceMs);
}

async function agentOfOwnCode() {
  const endpoint = await createEndpoint("sim:elm", {}, {});
  return recordCalls(createAgent({ name: "elm", role: "reviewer", endpoint }, createGate()));
}

function question(turn: number) {
  const messages = [{ role: "user" as const, content: "?" }];
  return { row, part: "", turn, messages, expects: { kind: "text" as const } };
}

/**
 * What reaches the process until the test ends, and whether it could be blamed on code of the
 * user's own.
 */
function listen() {
  const reached: { readonly message: string; readonly isBlamed: boolean }[] = [];
  const before = process.listeners("unhandledRejection");
  const listener = (error: unknown) => {
    reached.push({ message: (error as Error).message, isBlamed: attributeToUserCode(error) });
  };
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", listener);
  onTestFinished(() => {
    process.off("unhandledRejection", listener);
    for (const one of before) process.on("unhandledRejection", one);
  });
  return reached;
}

describe("runUserCode", () => {
  it("has failed where it leaves a rejection unhandled", async () => {
    const reached = listen();
    const ended = await run(() => void Promise.reject(new Error("left alone")));
    const detail = "threw left alone, where nothing waited for it";
    expect(ended.failure).toEqual({ reason: "node_failed", detail });
    expect(reached).toEqual([{ message: "left alone", isBlamed: true }]);
  });

  it("is told of by its row where it leaves one after it has returned, as long as the row goes on", async () => {
    const reached = listen();
    const late = async () => {
      await wait(10);
      throw new Error("late");
    };
    const worked = await collectLateErrors(async () => {
      const ended = await run(() => void late());
      expect(ended.failure).toBeNull();
      await wait(40);
    });
    const detail = "own: threw late, where nothing waited for it";
    expect(worked.late).toEqual({ reason: "node_failed", detail });
    expect((await collectLateErrors(() => run(() => void late()))).late).toBeNull();
    await wait(40);
    expect(reached.map(({ isBlamed }) => isBlamed)).toEqual([true, false]);
  });

  it("breaks a rule where it asks after it has returned, and that reaches no other row", async () => {
    const reached = listen();
    const agent = await agentOfOwnCode();
    const askTwice = async () => {
      await agent.ask(question(0));
      await agent.ask(question(1));
    };
    const ended = await run(() => void askTwice());
    const problem = '"elm" was asked after its node had returned';
    expect(ended.failure).toEqual({ reason: "bad_node", detail: problem });
    const { late } = await collectLateErrors(async () => {
      await run(() => void wait(10).then(() => agent.ask(question(0))));
      await wait(40);
    });
    expect(late).toEqual({ reason: "bad_node", detail: `own: ${problem}` });
    expect(reached.every(({ isBlamed }) => isBlamed)).toBe(true);
  });
});

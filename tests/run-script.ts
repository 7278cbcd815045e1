import { vi } from "vitest";
import { runFellowship } from "../scripts/fellowship.ts";

/** What a command printed, and the code it would have ended with. */
export type ScriptEnd = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What a command listens for as long as its process lives. */
const processEvents = ["exit", "unhandledRejection", "uncaughtException"] as const;

/** Runs a command in this process, as `npm run NAME -- …` does in one of its own. */
export async function runScript(name: string, argv: readonly string[]): Promise<ScriptEnd> {
  const exitCodeBefore = process.exitCode;
  const consoleBefore = globalThis.console;
  const watched = processEvents.map((event) => process.listeners(event as "exit"));
  const streams = [process.stdout, process.stderr];
  const listening = streams.map((stream) => stream.listenerCount("error"));
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
      printed[stream] += String(chunk);
      return true;
    }),
  );
  process.exitCode = undefined;
  try {
    await runFellowship([name, ...argv]);
    return { code: process.exitCode ?? 0, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const [index, stream] of streams.entries()) {
      const added = stream.listeners("error").slice(listening[index]);
      for (const listener of added) stream.off("error", listener as () => void);
    }
    for (const [index, event] of processEvents.entries()) {
      const known = new Set(watched[index]);
      const added = process.listeners(event as "exit").filter((listener) => !known.has(listener));
      for (const listener of added) process.off(event, listener);
    }
    process.exitCode = exitCodeBefore;
    globalThis.console = consoleBefore;
  }
}

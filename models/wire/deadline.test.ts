import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createDeadline } from "./deadline.ts";

/** Keeps this thread from everything, as a laptop that sleeps does. */
function blockFor(lengthMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lengthMs);
}

describe("a deadline", () => {
  it("passes once, and is moved and cancelled", async () => {
    let passed = 0;
    createDeadline(5, () => (passed += 1));
    createDeadline(5, () => (passed += 100)).cancel();
    const moved = createDeadline(5, () => (passed += 10));
    moved.refresh();
    while (passed < 11) await sleep(5);
    await sleep(20);
    expect(passed).toBe(11);
  });

  it("lets what arrived be read first where the process slept past it", async () => {
    const events: string[] = [];
    const deadline = createDeadline(10, () => events.push("passed"));
    const arrived = new Promise<void>((resolve) => {
      setTimeout(() => {
        // What a socket does: it is read after the timers that are due.
        setImmediate(() => {
          events.push("read");
          deadline.cancel();
          resolve();
        });
      }, 20);
    });
    blockFor(600);
    await arrived;
    await sleep(50);
    expect(events).toEqual(["read"]);
  });

  it("passes all the same where nothing arrived", async () => {
    const passed = new Promise<void>((resolve) => createDeadline(10, resolve));
    blockFor(600);
    await passed;
  });
});

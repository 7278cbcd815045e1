import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultCase } from "./fault-case.ts";
import { runCase } from "./run-case.ts";

const options = { seed: 1, size: "short" } as const;
const one = (run: FaultCase["run"]): FaultCase => ({ name: "one", fault: "", promise: "", run });

describe("a case of the fault table", () => {
  it("has a directory of its own, which is gone after it", async () => {
    let at = "";
    const { figures, seconds } = await runCase(
      one(async ({ directory, seed }) => {
        at = directory;
        writeFileSync(join(directory, "file"), "");
        return { rounds: 1, violations: [], figures: { seed } };
      }),
      options,
    );
    expect(figures).toEqual({ seed: 1 });
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(at).not.toBe("");
    expect(existsSync(at)).toBe(false);
  });

  it("has broken its promise where it breaks off", async () => {
    const { violations } = await runCase(
      one(() => Promise.reject(new Error("no server"))),
      options,
    );
    expect(violations).toEqual([expect.stringContaining("no server")]);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultCase, FaultContext, FaultOutcome } from "./fault-case.ts";

/** The result of a case, and how long it took. */
export type CaseResult = FaultOutcome & { readonly name: string; readonly seconds: number };

/** Runs a case in a directory of its own. A case that breaks off has broken its promise. */
export async function runCase(
  { name, run }: FaultCase,
  { seed, size }: Pick<FaultContext, "seed" | "size">,
): Promise<CaseResult> {
  const directory = await mkdtemp(join(tmpdir(), `fellowship-fault-${name}-`));
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  try {
    const outcome = await run({ seed, size, directory });
    return { name, ...outcome, seconds: seconds() };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const violations = [`the case broke off: ${text}`];
    return { name, rounds: 0, violations, figures: {}, seconds: seconds() };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

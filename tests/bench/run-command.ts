import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { checkout, compiledModule } from "./checkout.ts";
import type { ProcessUsage } from "./usage-at-exit.ts";

/** What a command took, with the processes that it started. */
export type CommandUsage = ProcessUsage & { readonly seconds: number };

/** The program, as a user starts it. */
export const fellowship = join(checkout, "bin/fellowship.js");

/**
 * Runs `node ARGUMENT …` and measures the whole process, from its start to its end.
 *
 * @throws the error of `node:child_process` where it ends with another code than 0
 */
export async function runNode(
  nodeArguments: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandUsage> {
  const folder = mkdtempSync(join(tmpdir(), "fellowship-bench-usage-"));
  try {
    const env = { ...process.env, ...environment, FELLOWSHIP_BENCH_USAGE: folder };
    const began = performance.now();
    const given = ["--import", compiledModule("usage-at-exit"), ...nodeArguments];
    await promisify(execFile)(process.execPath, given, { env, maxBuffer: 2 ** 26 });
    const seconds = (performance.now() - began) / 1e3;
    const usages = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as ProcessUsage,
    );
    return {
      processorSeconds: usages.reduce((sum, usage) => sum + usage.processorSeconds, 0),
      mostMb: usages.reduce((sum, usage) => sum + usage.mostMb, 0),
      firstRequest: usages.find(({ firstRequest }) => firstRequest !== null)?.firstRequest ?? null,
      seconds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

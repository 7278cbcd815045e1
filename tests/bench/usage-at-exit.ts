import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Given to `node --import`: a process says at its end what it took, in a file of its own in the
// folder FELLOWSHIP_BENCH_USAGE.

/** What one process took. */
export type ProcessUsage = {
  readonly processorSeconds: number;
  /** The most memory that it ever held. */
  readonly mostMb: number;
  /** Until its first request went out, its start included; null where it sent none. */
  readonly firstRequest: { readonly processorSeconds: number; readonly seconds: number } | null;
};

const folder = process.env["FELLOWSHIP_BENCH_USAGE"];
let firstRequest: ProcessUsage["firstRequest"] = null;

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (isMainThread && folder !== undefined) {
  subscribe("undici:request:create", () => {
    firstRequest ??= { processorSeconds: processorSeconds(), seconds: performance.now() / 1e3 };
  });
  process.on("exit", () => {
    const usage: ProcessUsage = {
      processorSeconds: processorSeconds(),
      // In kilobytes on every system.
      mostMb: process.resourceUsage().maxRSS / 1024,
      firstRequest,
    };
    writeFileSync(`${folder}/${process.pid}.json`, JSON.stringify(usage));
  });
}

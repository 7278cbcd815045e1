import { fork } from "node:child_process";
import { once } from "node:events";
import { compiledModule } from "./checkout.ts";

/** The server that all arms ask, in a process of its own. */
export type BenchServer = {
  /** The address for clients, where an answer takes so long. */
  readonly baseUrl: (latencyMs: number) => string;
  /** The answers so far. */
  readonly calls: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

export async function startBenchServer(): Promise<BenchServer> {
  const child = fork(compiledModule("bench-server-process"));
  const [port] = (await once(child, "message")) as [number];
  const root = `http://127.0.0.1:${port}`;
  return {
    baseUrl: (latencyMs) => `${root}/${latencyMs}/v1`,
    calls: async () => Number(await (await fetch(`${root}/calls`)).text()),
    stop: async () => {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

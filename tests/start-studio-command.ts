import { spawn } from "node:child_process";
import { once } from "node:events";
import { commandArguments } from "./script-arguments.ts";

/** Studio's server, started by its command. */
export type StartedStudio = {
  readonly url: string;
  /** All that it has printed. */
  readonly printed: () => string;
  /** Ends it as Ctrl-C would, and gives its exit code. */
  readonly stop: () => Promise<number | null>;
};

/**
 * Starts `npm run studio` with simulated models and a budget of a cent, its threads in `directory`;
 * resolves once it serves.
 */
export async function startStudioCommand(
  port: number,
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<StartedStudio> {
  const options = ["--port", String(port), "--state", directory, "--model", "sim:studio"];
  const child = spawn(
    process.execPath,
    [...commandArguments("studio"), ...options, "--budget", "0.01"],
    { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "close");
  let printed = "";
  const serving = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (printed.includes("Serving on ")) resolve();
      });
    }
    void ended.then(() => reject(new Error(`studio ended at its start:\n${printed}`)));
  });
  await serving;
  return {
    url: `http://127.0.0.1:${port}`,
    printed: () => printed,
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      return child.exitCode;
    },
  };
}

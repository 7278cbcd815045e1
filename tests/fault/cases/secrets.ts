import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCase } from "../fault-case.ts";
import type { FaultRule } from "../server/server-settings.ts";
import { bothLanguages } from "../served-checks.ts";
import { expectEnd, runServed, type ServedRun } from "../served-run.ts";
import { withFaultServer } from "../start-fault-server.ts";
import { feedbackLoop } from "../../../topologies/kinds/feedback-loop.ts";

/** What must be found nowhere. */
const secrets = {
  "OpenAI-compatible key": "sk-canary-7f3a9c51d2e84b06",
  "Gemini key": "AIzaCanary41c8e7b2905df63a8c1e5d7f",
  "password in a base URL": "pw-canary-93be17",
};

const faults: readonly FaultRule[] = [
  { fault: "key-in-refusal", rows: [3] },
  { fault: "key-repeated", share: 0.2, attempts: [1] },
  { fault: "key-in-answer", share: 0.4 },
];

/** Invariant 11 of the plan. */
export const secretsCanary: FaultCase = {
  name: "secrets",
  fault:
    "servers that repeat the key they were sent, in refusals and in answers; a password in " +
    "a base URL",
  promise: "no byte that is written or printed holds a planted secret, plain or in base64",
  run: ({ seed, size, directory }) =>
    withFaultServer({ seed }, async (server) => {
      const rows = size === "full" ? 40 : 4;
      await server.reset({ faults });
      const run = await runServed(server, {
        script: "generate",
        topology: feedbackLoop.graph,
        rows,
        directory,
        options: bothLanguages,
        environment: {
          OPENAI_COMPATIBLE_API_KEY: secrets["OpenAI-compatible key"],
          GOOGLE_API_KEY: secrets["Gemini key"],
        },
      });
      const violations = expectEnd(run, { code: 3, done: rows - 1, failed: 1, pending: 0 });
      const asked = (await server.log()).length;
      const address = server.url.replace("//", `//user:${secrets["password in a base URL"]}@`);
      const refused = await runServed(server, {
        script: "generate",
        topology: "single",
        rows,
        directory,
        name: "password",
        environment: { OPENAI_COMPATIBLE_BASE_URL: `${address}/v1` },
        options: ["--model", "compatible:test-model"],
      });
      violations.push(...expectEnd(refused, { code: 2 }));
      const sent = (await server.log()).length - asked;
      if (sent > 0) violations.push(`${sent} requests to an address with a password`);
      const found = secretsIn(directory, [run, refused]);
      violations.push(...found.places);
      return {
        rounds: asked,
        violations,
        figures: { "bytes searched": found.bytes, found: found.places.length },
      };
    }),
};

function secretsIn(directory: string, runs: readonly ServedRun[]) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const texts: [string, string][] = files.map((file) => [
    file.slice(directory.length + 1),
    readFileSync(file, "latin1"),
  ]);
  for (const { end } of runs)
    texts.push(["standard output", end.stdout], ["standard error", end.stderr]);
  const places = texts.flatMap(([place, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => holds(text, secret))
      .map(([name]) => `${place} holds the ${name}`),
  );
  return { places, bytes: texts.reduce((sum, [, text]) => sum + text.length, 0) };
}

function holds(text: string, secret: string): boolean {
  const encoded = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  return text.includes(secret) || text.includes(encoded);
}

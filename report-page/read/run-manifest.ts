import * as z from "zod";

const Tokens = z.object({ in: z.number(), out: z.number(), unknown: z.number() });
const Cost = z.object({ usd: z.number(), unknown: z.number() });

/** The part of `run.json` that a report shows (docs/formats.md). */
export const RunManifest = z.looseObject({
  fellowship: z.string(),
  command: z.string(),
  /** As it was given; absent where a program ran the command. */
  commandLine: z.string().optional(),
  topology: z.looseObject({ graph: z.string() }).optional(),
  agents: z.array(z.object({ name: z.string(), role: z.string(), model: z.string() })).optional(),
  prompts: z.record(z.string(), z.string()).optional(),
  code: z.record(z.string(), z.string()).optional(),
  input: z
    .looseObject({
      path: z.string(),
      sha256: z.string().optional(),
      /** Of an input on a server, in place of the hash of a file. */
      identity: z.string().optional(),
    })
    .optional(),
  rows: z.number(),
  done: z.number(),
  failed: z.number(),
  pending: z.number(),
  calls: z.number(),
  tokens: Tokens,
  cost: Cost,
  spent: z
    .object({ usd: z.number(), unknownUsd: z.number(), unpriced: z.number() })
    .partial()
    .optional(),
  seconds: z.number().optional(),
  versions: z.looseObject({ node: z.string() }).optional(),
  /** Directories of a study's stages, below its own. */
  stages: z.array(z.string()).optional(),
});
export type RunManifest = z.infer<typeof RunManifest>;

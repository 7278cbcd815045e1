import { wireFetch } from "../wire/wire.ts";
import type { Connection } from "./provider.ts";

/** Options of OpenAI's client that put the wire below it and leave retries to the gate. */
export function openAiConfiguration({ provider, baseUrl }: Connection) {
  return {
    baseURL: baseUrl,
    fetch: wireFetch,
    maxRetries: 0,
    // `OPENAI_LOG=debug` would have the client print the key.
    logLevel: "off" as const,
    // The client takes these from the environment, and would tell every host of them.
    ...(provider === "openai" ? {} : { organization: null, project: null }),
  };
}

import type { ModelSettings } from "../model-settings.ts";
import { connect, type Environment } from "../providers/connect.ts";
import { parseModelSpec } from "../providers/model-spec.ts";
import type { Connection } from "../providers/provider.ts";
import { anthropicBatches } from "./anthropic-batches.ts";
import type { BatchFacts, BatchService } from "./batch-service.ts";
import { googleBatches } from "./google-batches.ts";
import { openAiBatches } from "./openai-batches.ts";
import { createServiceClient, type ServiceClient } from "./service-client.ts";

type BatchServiceKind = BatchFacts & {
  /** Whether the service takes a model; all of the provider's where not given. */
  readonly takes?: (model: string) => boolean;
  readonly create: (
    facts: BatchFacts,
    connection: Connection,
    client: ServiceClient,
  ) => BatchService;
};

/**
 * The services for batches, by provider. A new one is a file and an entry here. Hosts that take
 * batches in forms of their own (Together, Mistral, Fireworks) or for special deployments alone
 * (Azure) have none; their models are asked live.
 */
export const batchServices: Readonly<Record<string, BatchServiceKind>> = {
  // platform.openai.com/docs/guides/batch
  openai: {
    limits: { requests: 50_000, bytes: 200_000_000 },
    priceShare: 0.5,
    longestHours: 24,
    create: openAiBatches,
  },
  // console.groq.com/docs/batch
  groq: {
    limits: { requests: 50_000, bytes: 200_000_000 },
    priceShare: 0.5,
    longestHours: 24,
    create: openAiBatches,
  },
  // platform.claude.com/docs/en/build-with-claude/batch-processing; the rest is for the frame.
  anthropic: {
    limits: { requests: 100_000, bytes: 255_000_000 },
    priceShare: 0.5,
    longestHours: 24,
    create: anthropicBatches,
  },
  // ai.google.dev/gemini-api/docs/batch-api, which limits the file to 2 GB and states no number of
  // requests. It aims at 24 hours, and lets a batch expire after 48. Of Gemma the list of models
  // names no such method.
  google: {
    limits: { requests: 200_000, bytes: 2_000_000_000 },
    priceShare: 0.5,
    longestHours: 48,
    takes: (model) => /^(?:models\/)?gemini/.test(model),
    create: googleBatches,
  },
};

/** What is known of the batches of a model; undefined where `batchServiceFor` gives no service. */
export function batchFactsOf(spec: string, settings: ModelSettings): BatchFacts | undefined {
  if (settings.api !== undefined || settings.baseUrls !== undefined) return undefined;
  const { provider, model } = parseModelSpec(spec);
  const kind = batchServices[provider.name];
  return kind?.takes?.(model) === false ? undefined : kind;
}

export type BatchServiceOptions = {
  /** As for live calls (`GateOptions`). */
  readonly retryMs?: number;
  readonly idleMs?: number;
};

/**
 * The service that takes batches for a model; undefined where its provider has none, and its calls
 * are made live. Models at several addresses (`baseUrls`) and reward models have none.
 *
 * @throws FellowshipError `bad_usage` where a key or an address is missing, naming its variable
 */
export function batchServiceFor(
  spec: string,
  settings: ModelSettings,
  environment: Environment,
  { retryMs = 1_000, idleMs = 60_000 }: BatchServiceOptions = {},
): BatchService | undefined {
  const parsed = parseModelSpec(spec);
  const { provider } = parsed;
  const kind = batchServices[provider.name];
  if (kind === undefined || batchFactsOf(spec, settings) === undefined) return undefined;
  if ("createInProcess" in provider) return undefined;
  const [connection] = connect(parsed, provider, settings, environment);
  if (connection === undefined) return undefined;
  // The account and the key are named as in live requests.
  const headers = provider.createRequests?.(connection)([]).headers ?? {};
  const { baseUrl } = connection;
  const client = createServiceClient({ name: provider.name, baseUrl, headers, retryMs, idleMs });
  const { create, takes: _, ...facts } = kind;
  return create(facts, connection, client);
}

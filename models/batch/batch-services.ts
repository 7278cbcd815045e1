import type { ModelSettings } from "../model-settings.ts";
import { connect, type Environment } from "../providers/connect.ts";
import { parseModelSpec } from "../providers/model-spec.ts";
import type { Connection } from "../providers/provider.ts";
import { anthropicBatches } from "./anthropic-batches.ts";
import type { BatchService } from "./batch-service.ts";
import { googleBatches } from "./google-batches.ts";
import { openAiBatches } from "./openai-batches.ts";
import { createServiceClient, type ServiceClient } from "./service-client.ts";

type CreateBatchService = (connection: Connection, client: ServiceClient) => BatchService;

/**
 * The services for batches, by provider. A new one is a file and a line here. Hosts that take
 * batches in forms of their own (Together, Mistral, Fireworks) or for special deployments alone
 * (Azure) have none; their models are asked live.
 */
export const batchServices: Readonly<Record<string, CreateBatchService>> = {
  openai: openAiBatches({
    limits: { requests: 50_000, bytes: 200_000_000 },
    // platform.openai.com/docs/guides/batch
    priceShare: 0.5,
    longestHours: 24,
  }),
  groq: openAiBatches({
    limits: { requests: 50_000, bytes: 200_000_000 },
    // console.groq.com/docs/batch
    priceShare: 0.5,
    longestHours: 24,
  }),
  anthropic: anthropicBatches,
  google: googleBatches,
};

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
  const create = batchServices[provider.name];
  if (create === undefined || "createInProcess" in provider) return undefined;
  if (settings.api !== undefined || settings.baseUrls !== undefined) return undefined;
  const [connection] = connect(parsed, provider, settings, environment);
  if (connection === undefined) return undefined;
  // The account and the key are named as in live requests.
  const headers = provider.createRequests?.(connection)([]).headers ?? {};
  const { baseUrl } = connection;
  const client = createServiceClient({ name: provider.name, baseUrl, headers, retryMs, idleMs });
  return create(connection, client);
}

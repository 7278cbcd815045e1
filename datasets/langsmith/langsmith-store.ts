import { Client } from "langsmith";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { DatasetExample } from "./dataset-example.ts";
import type { GivenExample } from "./row-of-example.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** An example with the id it is to have. */
export type IdentifiedExample = DatasetExample & { readonly id: string };

/**
 * LangSmith's data sets, as far as they are exchanged. What goes wrong is a `FellowshipError`
 * `service_failed`.
 */
export type LangSmithStore = {
  readonly endpoint: string;
  /** Null where there is no data set of this name. */
  readonly find: (
    name: string,
  ) => Promise<{ readonly id: string; readonly dataType: string } | null>;
  readonly create: (name: string, description: string) => Promise<{ readonly id: string }>;
  /** Some example of a data set; null where it is empty. */
  readonly anyExample: (datasetId: string) => Promise<GivenExample | null>;
  /** Which of the ids are there; a hundred at most. */
  readonly present: (datasetId: string, ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly upload: (datasetId: string, examples: readonly IdentifiedExample[]) => Promise<void>;
  readonly examples: (
    datasetId: string,
  ) => AsyncGenerator<GivenExample & { readonly created_at?: string }>;
};

const usualEndpoint = "https://api.smith.langchain.com";

/** Where data sets are kept: `LANGSMITH_ENDPOINT`, or LangSmith's own cloud. */
export function langSmithEndpoint(environment: Environment): string {
  const given = environment["LANGSMITH_ENDPOINT"] ?? environment["LANGCHAIN_ENDPOINT"];
  return (given?.trim() || usualEndpoint).replace(/\/+$/, "");
}

/**
 * Opens LangSmith with the key of the environment, `LANGSMITH_API_KEY`; a key that stands in
 * LangSmith's own files is not taken.
 *
 * @throws FellowshipError `bad_usage` without a key, `service_failed` where no server answers.
 */
export async function openLangSmith(environment: Environment): Promise<LangSmithStore> {
  const endpoint = langSmithEndpoint(environment);
  const apiKey = (environment["LANGSMITH_API_KEY"] ?? environment["LANGCHAIN_API_KEY"])?.trim();
  if (!apiKey) {
    throw new FellowshipError("bad_usage", "LANGSMITH_API_KEY is missing; nothing was sent.");
  }
  const asking = createAsking(endpoint, apiKey);
  // The client would try for half a minute.
  await asking("answer", () =>
    fetch(`${endpoint}/info`, { signal: AbortSignal.timeout(patienceMs) }),
  );
  const workspaceId = environment["LANGSMITH_WORKSPACE_ID"] ?? "";
  return storeOf(endpoint, new Client({ apiUrl: endpoint, apiKey, workspaceId }), asking);
}

const patienceMs = 10_000;

type Asking = <Value>(what: string, ask: () => Promise<Value>) => Promise<Value>;

function storeOf(endpoint: string, client: Client, asking: Asking): LangSmithStore {
  return {
    endpoint,
    find: (name) =>
      asking(`look for the data set ${name}`, async () => {
        for await (const dataset of client.listDatasets({ datasetName: name, limit: 1 })) {
          return { id: dataset.id, dataType: dataset.data_type ?? "kv" };
        }
        return null;
      }),
    create: (name, description) =>
      asking(`make the data set ${name}`, () =>
        client.createDataset(name, { description, dataType: "kv" }),
      ),
    anyExample: (datasetId) =>
      asking("read the data set", async () => {
        for await (const example of client.listExamples({ datasetId, limit: 1 })) return example;
        return null;
      }),
    present: (datasetId, ids) =>
      asking("look for examples", async () => {
        const found = new Set<string>();
        const exampleIds = [...ids];
        for await (const { id } of client.listExamples({
          datasetId,
          exampleIds,
          limit: ids.length,
        })) {
          found.add(id);
        }
        return found;
      }),
    upload: (datasetId, examples) =>
      asking(`send ${examples.length} examples`, async () => {
        const uploads = examples.map(({ id, inputs, outputs, metadata }) => ({
          id,
          inputs,
          metadata,
          ...(outputs === undefined ? {} : { reference_outputs: outputs }),
        }));
        // `createExamples` sends the same and then reads each of them again, one by one.
        await client.uploadExamplesMultipart(datasetId, uploads);
      }),
    async *examples(datasetId) {
      const all = client.listExamples({ datasetId })[Symbol.asyncIterator]();
      for (;;) {
        const next = await asking("read the data set", () => all.next());
        if (next.done === true) return;
        yield next.value;
      }
    },
  };
}

/** Makes one kind of error of all that may go wrong between here and LangSmith; no key is in it. */
function createAsking(endpoint: string, apiKey: string): Asking {
  return async function asking(what, ask) {
    try {
      return await ask();
    } catch (cause) {
      const { message, status } = cause as Error & { readonly status?: number };
      const reason = (cause as Error).cause;
      const detail =
        reason instanceof Error ? `${message}: ${reason.message || String(reason)}` : message;
      const told = detail.replaceAll(apiKey, "…").replaceAll(/\s+/g, " ").slice(0, 300);
      throw new FellowshipError(
        "service_failed",
        `LangSmith at ${endpoint} would not ${what}: ${told}`,
        {
          facts: { endpoint, status },
          cause,
        },
      );
    }
  };
}

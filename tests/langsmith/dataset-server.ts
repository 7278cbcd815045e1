import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

type Fields = Record<string, unknown>;

export type StoredDataset = { readonly id: string; readonly name: string } & Fields;

export type StoredExample = {
  readonly id: string;
  readonly dataset_id: string;
  readonly inputs: Fields;
  readonly outputs: Fields | null;
  readonly metadata: Fields;
  readonly created_at: string;
  readonly modified_at: string;
};

/**
 * A server that keeps data sets as LangSmith does, as far as langsmith 0.12's Client speaks with
 * it.
 */
export type DatasetServer = {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  readonly datasets: readonly StoredDataset[];
  /** In the order in which they came. */
  readonly examples: readonly StoredExample[];
  /** Experiments. */
  readonly sessions: readonly Fields[];
  readonly feedback: readonly Fields[];
  /** The names of the parts that begin a run or hold its inputs. */
  readonly runs: readonly string[];
  /** Method and path of every request, with its query. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
};

export type DatasetServerOptions = {
  /**
   * Answers a request in the server's place: a status, with a body that says so. Asked before
   * anything is stored.
   */
  readonly refuse?: (request: string) => number | undefined;
  /** Data sets that are there from the start, with their examples. */
  readonly given?: readonly {
    readonly name: string;
    readonly examples: readonly Partial<StoredExample>[];
  }[];
};

/** The only key it takes. */
export const serverKey = "a-key-for-tests";

/** Starts it on a free port of 127.0.0.1. */
export async function startDatasetServer(
  options: DatasetServerOptions = {},
): Promise<DatasetServer> {
  const store = createStore();
  for (const { name, examples } of options.given ?? []) {
    const dataset = store.addDataset({ name });
    for (const example of examples) store.addExample(dataset.id, example);
  }
  const requests: string[] = [];
  const server = createServer((message, response) => {
    const request = `${message.method} ${message.url}`;
    requests.push(request);
    void (async () => {
      const body = await buffer(message);
      const refused = options.refuse?.(request);
      if (refused !== undefined) reply(response, refused, { detail: "refused by the test" });
      else if (message.headers["x-api-key"] !== serverKey)
        reply(response, 401, { detail: "Invalid token" });
      else await answer(store, message, body, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...store,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Store = ReturnType<typeof createStore>;

function createStore() {
  const datasets: StoredDataset[] = [];
  const examples: StoredExample[] = [];
  const sessions: Fields[] = [];
  const feedback: Fields[] = [];
  const runs: string[] = [];
  return {
    datasets,
    examples,
    sessions,
    feedback,
    runs,
    addDataset(fields: Fields): StoredDataset {
      const dataset = {
        data_type: "kv",
        ...asKept(fields),
        id: randomUUID(),
        name: String(fields["name"]),
      };
      datasets.push(dataset);
      return dataset;
    },
    addExample(datasetId: string, fields: Partial<StoredExample>): void {
      const { inputs = {}, outputs = null, metadata = {} } = fields;
      const now = new Date().toISOString();
      examples.push({
        id: fields.id ?? randomUUID(),
        dataset_id: datasetId,
        inputs: asKept(inputs),
        outputs: outputs === null ? null : asKept(outputs),
        metadata: { ...asKept(metadata), dataset_split: ["base"] },
        created_at: now,
        modified_at: now,
      });
    },
  };
}

/** The same values with their keys in another order: a database of JSON keeps none. */
function asKept<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(asKept) as Value;
  if (typeof value !== "object" || value === null) return value;
  const kept: Fields = Object.create(null) as Fields;
  for (const [key, inner] of Object.entries(value).toReversed()) kept[key] = asKept(inner);
  return kept as Value;
}

async function answer(
  store: Store,
  message: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) {
  const { pathname, searchParams } = new URL(message.url ?? "", "http://server");
  const [room = "", id] = pathname.split("/").filter(Boolean);
  const route = `${message.method} ${pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ":id")}`;
  const json = () => JSON.parse(body.toString() || "null") as Fields;
  const found = (item: unknown) =>
    item === undefined
      ? reply(response, 404, { detail: `${room} not found` })
      : reply(response, 200, item);
  switch (route) {
    case "GET /info":
      return reply(response, 200, {
        version: "0.16.0",
        instance_flags: { dataset_examples_multipart_enabled: true },
        batch_ingest_config: {
          use_multipart_endpoint: true,
          size_limit: 100,
          size_limit_bytes: 20_000_000,
        },
      });
    case "GET /datasets":
      return reply(
        response,
        200,
        page(
          store.datasets.filter(({ name }) => matches(searchParams, name)),
          searchParams,
        ),
      );
    case "GET /datasets/:id":
      return found(store.datasets.find((dataset) => dataset.id === id));
    case "POST /datasets": {
      const { name } = json();
      const isTaken = store.datasets.some((dataset) => dataset.name === name);
      if (isTaken)
        return reply(response, 409, { detail: "Dataset with this name already exists." });
      return reply(response, 200, store.addDataset(json()));
    }
    case "PUT /datasets/:id/tags":
      return reply(response, 200, {});
    case "GET /examples": {
      const [dataset, ids] = [searchParams.get("dataset"), searchParams.getAll("id")];
      const asked = store.examples.filter(
        (example) =>
          example.dataset_id === dataset && (ids.length === 0 || ids.includes(example.id)),
      );
      // The newest come first.
      return reply(response, 200, page(asked.toReversed(), searchParams));
    }
    case "GET /examples/:id":
      return found(store.examples.find((example) => example.id === id));
    case "POST /v1/platform/datasets/:id/examples":
      return upload(store, pathname.split("/")[4] ?? "", await examplesIn(message, body), response);
    case "GET /sessions":
      return reply(
        response,
        200,
        page([{ id: randomUUID(), tenant_id: randomUUID() }], searchParams),
      );
    case "POST /sessions": {
      const session = { ...json(), id: randomUUID(), tenant_id: randomUUID() };
      store.sessions.push(session);
      return reply(response, 200, session);
    }
    case "PATCH /sessions/:id":
      return reply(response, 200, {});
    case "POST /runs/multipart":
      for (const [name, value] of await partsOf(message, body)) {
        if (name.startsWith("feedback.")) store.feedback.push(value);
        else if (name.startsWith("post.")) store.runs.push(name);
      }
      return reply(response, 202, {});
    default:
      return reply(response, 404, { detail: `the server of the tests has no ${route}` });
  }
}

function upload(
  store: Store,
  dataset: string,
  examples: readonly StoredExample[],
  response: ServerResponse,
) {
  const ids = examples.map(({ id }) => id);
  const isThere = store.examples.some(({ id }) => ids.includes(id));
  if (isThere) return reply(response, 409, { detail: "An example with this id already exists." });
  for (const example of examples) store.addExample(dataset, example);
  return reply(response, 201, { count: ids.length, example_ids: ids });
}

/** The examples of a multipart body: parts `ID`, `ID.inputs` and `ID.outputs`. */
async function examplesIn(message: IncomingMessage, body: Buffer): Promise<StoredExample[]> {
  const examples = new Map<string, Fields>();
  for (const [name, value] of await partsOf(message, body)) {
    const [id = "", field] = name.split(".");
    examples.set(id, {
      ...examples.get(id),
      ...(field === undefined ? value : { [field]: value }),
    });
  }
  return [...examples].map(([id, fields]) => ({ id, ...fields }) as StoredExample);
}

/** The parts of a multipart body, each of JSON, by their names. */
async function partsOf(message: IncomingMessage, body: Buffer): Promise<[string, Fields][]> {
  const headers = { "content-type": message.headers["content-type"] ?? "" };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  const parts: [string, Fields][] = [];
  for (const [name, part] of form) {
    const text = typeof part === "string" ? part : await part.text();
    parts.push([name, JSON.parse(text) as Fields]);
  }
  return parts;
}

function matches(query: URLSearchParams, name: string): boolean {
  return !query.has("name") || query.get("name") === name;
}

function page<Item>(items: readonly Item[], query: URLSearchParams): readonly Item[] {
  const offset = Number(query.get("offset") ?? 0);
  return items.slice(offset, offset + Number(query.get("limit") ?? 100));
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

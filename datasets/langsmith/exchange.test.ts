import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  serverKey,
  startDatasetServer,
  type DatasetServerOptions,
} from "../../tests/langsmith/dataset-server.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { exampleOfRow, type DatasetExample } from "./dataset-example.ts";
import { openLangSmith } from "./langsmith-store.ts";
import { pullRows, type PullOptions } from "./pull-rows.ts";
import { pushExamples } from "./push-examples.ts";

type Fields = Record<string, unknown>;

async function openStore(options?: DatasetServerOptions) {
  const server = await startDatasetServer(options);
  onTestFinished(() => server.close());
  const environment = { LANGSMITH_ENDPOINT: server.url, LANGSMITH_API_KEY: serverKey };
  return { server, store: await openLangSmith(environment) };
}

const promptsOf = (rows: readonly Fields[]) =>
  rows.map((fields, index) => exampleOfRow("prompts", { number: index + 1, fields }));

async function* streamed(examples: readonly DatasetExample[]) {
  yield* examples;
}

type Store = Awaited<ReturnType<typeof openStore>>["store"];

const push = (store: Store, rows: readonly Fields[], name = "prompts") =>
  pushExamples(store, { name, kind: "prompts", examples: streamed(promptsOf(rows)) });

const manyRows = (count: number) =>
  Array.from({ length: count }, (_, row) => ({ prompt: `Question ${row}?` }));

/** Pulls into a new directory; gives what was told, the rows, and all files that are there. */
async function pull(store: Store, changes: Partial<PullOptions> = {}) {
  const directory = temporaryDirectory();
  const file = join(directory, "pulled.jsonl");
  const told = await pullRows(store, { name: "prompts", file, force: false, ...changes });
  const lines = readFileSync(changes.file ?? file, "utf8")
    .split("\n")
    .slice(0, -1);
  return {
    told,
    rows: lines.map((line) => JSON.parse(line) as Fields),
    files: readdirSync(directory),
  };
}

describe("pushing", () => {
  it("makes the data set, and sends each row once however often it is pushed", async () => {
    const { server, store } = await openStore();
    const rows = manyRows(3);
    expect(await push(store, rows)).toEqual({ added: 3, present: 0 });
    expect(server.datasets).toMatchObject([{ name: "prompts", data_type: "kv" }]);
    expect(server.examples).toMatchObject(rows.map((inputs) => ({ inputs, outputs: null })));
    expect(await push(store, rows)).toEqual({ added: 0, present: 3 });
    expect(server.examples).toHaveLength(3);
    expect(server.datasets).toHaveLength(1);
  });

  it("takes rows of one content for as many rows, and does not care where they stand", async () => {
    const { server, store } = await openStore();
    const [same, other] = [{ prompt: "Why?" }, { prompt: "How?" }];
    expect(await push(store, [same, other, same])).toEqual({ added: 3, present: 0 });
    expect(await push(store, [{ prompt: "New?" }, same, same, other])).toEqual({
      added: 1,
      present: 3,
    });
    expect(server.examples).toHaveLength(4);
  });

  it("sends a hundred at a time, less where they are long", async () => {
    const { server, store } = await openStore();
    const posts = () =>
      server.requests.filter((request) => request.startsWith("POST /v1/platform/")).length;
    await push(store, manyRows(250));
    expect(posts()).toBe(3);
    const long = Array.from({ length: 3 }, (_, row) => ({
      prompt: `${row} ${"x".repeat(3_000_000)}`,
    }));
    await push(store, long, "long");
    expect(posts()).toBe(6);
  });

  it("goes on after a stop where it was, and says how far it came", async () => {
    let uploads = 0;
    let isDown = true;
    const { server, store } = await openStore({
      refuse: (request) => {
        if (!request.startsWith("POST /v1/platform/")) return undefined;
        uploads += 1;
        return isDown && uploads > 1 ? 400 : undefined;
      },
    });
    await expect(push(store, manyRows(250))).rejects.toMatchObject({
      code: "service_failed",
      message: expect.stringMatching(
        /would not send 100 examples.*100 rows are there; the same command goes on/,
      ) as string,
    });
    isDown = false;
    expect(await push(store, manyRows(250))).toEqual({ added: 150, present: 100 });
    expect(new Set(server.examples.map(({ id }) => id)).size).toBe(250);
  });

  it("refuses a data set that holds something else, before anything is sent", async () => {
    const { server, store } = await openStore({
      given: [{ name: "web", examples: [{ inputs: { q: "x" } }] }],
    });
    await push(store, manyRows(1));
    const examples = streamed(promptsOf(manyRows(1)));
    const wrong = pushExamples(store, { name: "prompts", kind: "pairs", examples });
    await expect(wrong).rejects.toMatchObject({
      code: "bad_usage",
      message: expect.stringContaining("holds prompts, not pairs; choose another --name") as string,
    });
    await expect(push(store, manyRows(1), "web")).rejects.toThrow(
      "holds what was not pushed from here",
    );
    expect(server.examples).toHaveLength(2);
  });

  it("takes a data set that is there and empty", async () => {
    const { server, store } = await openStore({ given: [{ name: "prompts", examples: [] }] });
    expect(await push(store, manyRows(1))).toEqual({ added: 1, present: 0 });
    expect(server.datasets).toHaveLength(1);
  });
});

describe("pulling", () => {
  it("gives the rows in the order in which they were pushed, in many pages too", async () => {
    const { store } = await openStore();
    const rows = manyRows(230);
    await push(store, rows);
    const pulled = await pull(store);
    expect(pulled.rows).toEqual(rows);
    expect(pulled.told).toEqual({
      kind: "prompts",
      rows: 230,
      others: 0,
      unusable: { count: 0, first: null },
    });
    expect(pulled.files).toEqual(["pulled.jsonl"]);
  });

  it("loses nothing on the way there and back, whatever the rows hold", async () => {
    const { store } = await openStore();
    const row = fc.record(
      {
        prompt: fc.string({ unit: "binary", minLength: 1 }).filter((text) => text.trim() !== ""),
        id: fc.oneof(fc.string(), fc.nat()),
        topic: fc.jsonValue(),
        ["__proto__"]: fc.jsonValue(),
        row: fc.jsonValue(),
        fields: fc.jsonValue(),
        reference: fc.jsonValue(),
        fellowship: fc.jsonValue(),
      },
      { requiredKeys: ["prompt"], noNullPrototype: false },
    );
    // What a file holds is JSON, in which zero has no sign.
    const rows = fc
      .sample(row, { numRuns: 120, seed: 1 })
      .map((fields) => JSON.parse(JSON.stringify(fields)) as Fields);
    await push(store, rows);
    const pulled = await pull(store);
    expect(pulled.rows).toEqual(rows);
    // And what was pulled is what was pushed: nothing of it is new.
    expect(await push(store, pulled.rows)).toEqual({ added: 0, present: 120 });
  });

  it("writes over no file unless it is told to", async () => {
    const { store } = await openStore();
    await push(store, manyRows(1));
    const file = join(temporaryDirectory({ "mine.jsonl": "mine" }), "mine.jsonl");
    await expect(pull(store, { file })).rejects.toThrow(`--to ${file}: this file exists already.`);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect((await pull(store, { file, force: true })).rows).toEqual(manyRows(1));
  });

  it("leaves no part of a file behind where LangSmith gives up on the way", async () => {
    const { store } = await openStore({
      refuse: (request) => (request.includes("offset=100") ? 400 : undefined),
    });
    await push(store, manyRows(150));
    const directory = temporaryDirectory();
    const file = join(directory, "rows.jsonl");
    const pulled = pullRows(store, { name: "prompts", file, force: false });
    await expect(pulled).rejects.toMatchObject({ code: "service_failed" });
    expect(readdirSync(directory)).toEqual([]);
  });

  it("says that there is no such data set", async () => {
    const { server, store } = await openStore();
    await expect(pull(store)).rejects.toThrow(`There is no data set prompts at ${server.url}.`);
  });

  it("wants to know which where two kinds stand together", async () => {
    const pair = { prompt: "Why?", a: { text: "x" }, b: { text: "y" } };
    const given = [
      { name: "prompts", examples: [{ inputs: { prompt: "Why?" } }, { inputs: pair }] },
    ];
    const { store } = await openStore({ given });
    await expect(pull(store)).rejects.toThrow("holds pairs and prompts; say which with --kind");
    const { told, rows } = await pull(store, { kind: "pairs" });
    expect(told).toMatchObject({ kind: "pairs", rows: 1, others: 1 });
    expect(rows).toMatchObject([pair]);
  });

  it("leaves out what no command could read, and says why of the first", async () => {
    const examples = [{ inputs: { prompt: 7 } }, { inputs: { prompt: "Why?" } }, { inputs: {} }];
    const { store } = await openStore({ given: [{ name: "prompts", examples }] });
    const { told, rows } = await pull(store);
    expect(rows).toMatchObject([{ prompt: "Why?" }]);
    expect(told.unusable.count).toBe(2);
    expect(told.unusable.first).toMatch(/^example [0-9a-f-]{36}: /);
  });

  it("lets nothing in a data set choose a place to write to", async () => {
    const hostile = {
      inputs: { prompt: "Why?", id: "../../evil", file: "../evil.jsonl" },
      metadata: { row: "../x" },
    };
    const { store } = await openStore({ given: [{ name: "prompts", examples: [hostile] }] });
    const { rows, files } = await pull(store);
    expect(files).toEqual(["pulled.jsonl"]);
    expect(rows).toMatchObject([{ prompt: "Why?", file: "../evil.jsonl" }]);
  });
});

describe("LangSmith", () => {
  it("is not asked without a key", async () => {
    await expect(openLangSmith({})).rejects.toMatchObject({
      code: "bad_usage",
      message: "LANGSMITH_API_KEY is missing; nothing was sent.",
    });
  });

  it("that is not there is told at once", async () => {
    const server = await startDatasetServer();
    await server.close();
    const environment = { LANGSMITH_ENDPOINT: server.url, LANGSMITH_API_KEY: "secret" };
    await expect(openLangSmith(environment)).rejects.toMatchObject({
      code: "service_failed",
      message: expect.stringContaining(`LangSmith at ${server.url} would not answer`) as string,
    });
  });

  it("that refuses the key is told without it", async () => {
    const server = await startDatasetServer();
    onTestFinished(() => server.close());
    const environment = {
      LANGSMITH_ENDPOINT: `${server.url}/`,
      LANGSMITH_API_KEY: "a-wrong-secret",
    };
    const store = await openLangSmith(environment);
    const refused: unknown = await store.find("x").catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "service_failed",
      message: expect.stringContaining("Invalid token") as string,
    });
    expect(JSON.stringify(refused)).not.toContain("a-wrong-secret");
    expect(String(refused)).not.toContain("a-wrong-secret");
  });
});

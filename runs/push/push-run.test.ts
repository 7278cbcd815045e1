import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runScript } from "../../tests/run-script.ts";
import { openWorkspace } from "../../tests/workspace.ts";

type Asked = { method: string; path: string; token: string; body: Buffer };

/** A Hub that keeps what it is asked. `standing` is the data set that is there already. */
async function openHub(standing: { private: boolean } | null, refuses = false) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      asked.push({ method, path, token: headers.authorization ?? "", body });
      const reply = (value: unknown, status = 200) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(value));
      };
      if (refuses) return reply({ error: "Forbidden" }, 403);
      if (path === "/api/repos/create") {
        return standing === null
          ? reply({ url: `${url}/datasets/me/set`, name: "me/set", id: "1" })
          : reply({ error: "You already created this dataset repo" }, 409);
      }
      if (path.includes("/preupload/")) {
        const { files } = JSON.parse(body.toString()) as { files: { path: string }[] };
        const mode = (name: string) => (name.endsWith(".parquet") ? "lfs" : "regular");
        return reply({
          files: files.map((file) => ({ path: file.path, uploadMode: mode(file.path) })),
        });
      }
      if (path.includes("/info/lfs/objects/batch")) {
        const { objects } = JSON.parse(body.toString()) as {
          objects: { oid: string; size: number }[];
        };
        return reply({
          transfer: "basic",
          objects: objects.map(({ oid, size }) => ({
            oid,
            size,
            actions: { upload: { href: `${url}/lfs/${oid}`, header: {} } },
          })),
        });
      }
      if (path.includes("/commit/")) {
        return reply({ success: true, commitOid: "0".repeat(40), commitUrl: url, hookOutput: "" });
      }
      if (method === "PUT") return reply({});
      return reply({
        _id: "1",
        id: "me/set",
        private: standing?.private,
        gated: false,
        downloads: 0,
        likes: 0,
        lastModified: "2026-01-01T00:00:00.000Z",
      });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => server.close() };
}

const space = () => {
  const own = openWorkspace();
  own.write("prompts.jsonl", [{ prompt: "Why?" }, { prompt: "How?" }, { prompt: "Where?" }]);
  return own;
};

let hub: Awaited<ReturnType<typeof openHub>> | undefined;
beforeEach(() => vi.stubEnv("HF_TOKEN", "hf_loopback"));
afterEach(() => {
  hub?.close();
  vi.unstubAllEnvs();
});

async function push(standing: { private: boolean } | null, options: string[], refuses = false) {
  hub = await openHub(standing, refuses);
  vi.stubEnv("HF_ENDPOINT", hub.url);
  const own = space();
  const end = await runScript("generate", [
    "topologies/feedback-loop.yaml",
    "--input",
    own.at("prompts.jsonl"),
    "--out",
    own.at("out"),
    "--model=sim:elm",
    "--push=me/set",
    ...options,
  ]);
  return { end, own, hub };
}

it("commits data, card and report to a new private data set, and nothing else", async () => {
  const { end, own, hub: server } = await push(null, []);
  expect(end.stderr).not.toContain("hf_loopback");
  expect(end.code).toBe(0);
  expect(end.stdout).toContain(`${server.url}/datasets/me/set`);
  const created = JSON.parse(
    server.asked.find(({ path }) => path === "/api/repos/create")!.body.toString(),
  );
  expect(created).toMatchObject({
    type: "dataset",
    name: "set",
    organization: "me",
    visibility: "private",
  });
  const commit = server.asked.find(({ path }) => path.includes("/commit/"))!;
  const lines = commit.body
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { key: string; value: { path?: string; content?: string } });
  const paths = lines.flatMap(({ value }) => value.path ?? []);
  expect(paths).toEqual(
    expect.arrayContaining([
      "dpo.jsonl",
      "dpo.parquet",
      "kto.jsonl",
      "sft.parquet",
      "README.md",
      "report.html",
    ]),
  );
  expect(paths.filter((path) => /rows\.jsonl|journal|failed|run\.json|summary/.test(path))).toEqual(
    [],
  );
  const card = lines.find(({ value }) => value.path === "README.md")!.value.content ?? "";
  expect(Buffer.from(card, "base64").toString()).toBe(own.text("out", "README.md"));
  // Parquet goes to the store, byte for byte, and the store is shown no token.
  const stored = server.asked.filter(({ method }) => method === "PUT");
  expect(stored.length).toBeGreaterThan(2);
  expect(stored.map(({ token }) => token)).toEqual(stored.map(() => ""));
  expect(stored.map(({ body }) => body.subarray(0, 4).toString())).toEqual(
    stored.map(() => "PAR1"),
  );
});

it("pushes to a public data set with --public alone", async () => {
  const refused = await push({ private: false }, []);
  expect(refused.end).toMatchObject({ code: 2, stderr: expect.stringContaining("--public") });
  expect(refused.hub.asked.some(({ path }) => path.includes("/commit/"))).toBe(false);
  hub?.close();
  const { end, hub: server } = await push({ private: false }, ["--public"]);
  expect(end.code).toBe(0);
  expect(server.asked.some(({ path }) => path.includes("/commit/"))).toBe(true);
});

it("says what the Hub refused, with the run whole", async () => {
  const { end, own } = await push(null, [], true);
  expect(end.code).not.toBe(0);
  expect(end.stderr).toMatch(/the Hub did not take it .*The run is whole/s);
  expect(own.files("out")).toContain("run.json");
});

it("refuses a bad name, a missing token and --public alone before anything is made", async () => {
  const own = space();
  const generate = (...options: string[]) =>
    runScript("generate", [
      "topologies/feedback-loop.yaml",
      "--input",
      own.at("prompts.jsonl"),
      "--out",
      own.at("out"),
      "--model=sim:elm",
      ...options,
    ]);
  expect(await generate("--push", "set")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ORG/NAME"),
  });
  expect(await generate("--public")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--push"),
  });
  vi.stubEnv("HF_TOKEN", "");
  expect(await generate("--push", "me/set")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("HF_TOKEN"),
  });
  expect(own.files()).toEqual(["prompts.jsonl"]);
});

import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startHub } from "../tests/loopback/hub-server.ts";
import { runScript } from "../tests/run-script.ts";
import { startCommand } from "../tests/start-command.ts";
import { openWorkspace } from "../tests/workspace.ts";

const single = join(import.meta.dirname, "..", "topologies", "single.yaml");
const judge = join(import.meta.dirname, "..", "topologies", "judge.yaml");
const [first, second] = ["a".repeat(40), "b".repeat(40)];

afterEach(() => vi.unstubAllEnvs());

const noise = Array.from({ length: 2000 }, (_, index) =>
  createHash("sha256").update(`${index}`).digest("hex"),
).join("");

/** A text that doesn't compress, the same at each run of the test. */
function hexText(seed: number, length: number): string {
  const start = (seed * 7919) % (noise.length - length);
  return noise.slice(start, start + length);
}

function parquet(columns: Record<string, unknown[]>): Buffer {
  const columnData = Object.entries(columns).map(([name, data]) => ({ name, data }));
  return Buffer.from(
    parquetWriteBuffer({
      columnData,
      rowGroupSize: 1_000_000,
      pageSize: 200_000,
      codec: "UNCOMPRESSED",
    }),
  );
}

const questions = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ prompt: `Question ${from + index}?` }));
const jsonLines = (rows: readonly unknown[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Starts a Hub with data sets, and gives a command that reads from it. */
async function servedBy(dataSets: Parameters<typeof startHub>[0]) {
  const hub = await startHub(dataSets);
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_TOKEN", "");
  const space = openWorkspace();
  const generate = (input: string, out: string, ...more: string[]) =>
    runScript("generate", [
      single,
      "--input",
      input,
      "--out",
      space.at(out),
      "--model",
      "sim:oak",
      "--quiet",
      ...more,
    ]);
  return { hub, space, generate };
}

describe("a data set on the Hub", () => {
  it("is read in part: 100 rows of one column of 200,000 in less than 1 MB", async () => {
    const rows = 200_000;
    const content = parquet({
      id: Array.from({ length: rows }, (_, index) => index),
      question: Array.from({ length: rows }, (_, index) => `Question ${hexText(index, 40)}?`),
      trace: Array.from({ length: rows }, (_, index) => hexText(index, 60)),
    });
    const { hub, space, generate } = await servedBy({
      "org/set": {
        revisions: { main: first },
        commits: { [first]: { "data/train-00000-of-00001.parquet": content } },
      },
    });
    const end = await generate("hf://org/set", "out", "--limit", "100");
    expect(end).toMatchObject({ code: 0 });
    expect(hub.sent()).toBeLessThan(1_000_000);
    expect(content.length).toBeGreaterThan(10_000_000);
    const lines = space.lines("out", "rows.jsonl");
    expect(lines.map(({ id }) => id)).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    expect(lines[99].input).toEqual({ id: 99, question: `Question ${hexText(99, 40)}?` });
    const manifest = space.json("out", "run.json");
    expect(manifest.input).toMatchObject({ path: "hf://org/set", commit: first });
    expect(space.text("out", "report.html")).toContain(`hf://org/set@${first}/default/train`);
    expect(space.text("out", "README.md")).toContain(`hf://org/set@${first}/default/train`);

    const kept = ["--map", "trace=trace", "--limit", "2", "--dry-run"];
    const dry = await generate("hf://org/set", "none", ...kept);
    expect(dry.stdout).toContain("Columns found: id, question, trace");
    expect(dry.stdout).not.toContain("Columns not read");
    const without = await generate("hf://org/set", "none", "--limit", "2", "--dry-run");
    expect(without.stdout).toContain("Columns not read: trace (to keep one: --map trace=trace).");
  });

  it("gives the rows of all files in order, whatever is cut on the way, as a local file does", async () => {
    const part = (from: number, to: number) => gzipSync(jsonLines(questions(from, to)));
    const { hub, space, generate } = await servedBy({
      "org/set": {
        revisions: { main: first },
        commits: {
          [first]: {
            "README.md": `---\nconfigs:\n- config_name: small\n  data_files:\n  - split: asked\n    path: parts/*.jsonl.gz\n---\n`,
            "parts/1.jsonl.gz": part(0, 40),
            "parts/2.jsonl.gz": part(40, 60),
          },
        },
      },
    });
    hub.cutAfter = [10, 3, 0, 50];
    const cut = await generate("hf://org/set/small/asked", "far");
    expect(cut.code, cut.stderr).toBe(0);
    const near = space.write("near.jsonl", questions(0, 60));
    expect(await generate(near, "near")).toMatchObject({ code: 0 });
    const { "README.md": _far, "report.html": _farPage, ...far } = space.outputs("far");
    const { "README.md": _near, "report.html": _nearPage, ...local } = space.outputs("near");
    expect(far).toEqual(local);
    const chosen = ["--sample", "7", "--seed", "2"];
    await generate("hf://org/set/asked", "far-7", ...chosen);
    await generate(near, "near-7", ...chosen);
    expect(space.lines("far-7", "rows.jsonl")).toEqual(space.lines("near-7", "rows.jsonl"));
    const one = await generate("hf://org/set/small", "one", "--where", "prompt=Question 41?");
    expect(one).toMatchObject({ code: 0 });
    expect(space.lines("one", "rows.jsonl").map(({ id }) => id)).toEqual(["42"]);
  });

  it("goes on with the commit that the run began with, killed and moved meanwhile", async () => {
    const commits = {
      [first]: {
        "train.parquet": parquet({ prompt: questions(0, 30).map(({ prompt }) => prompt) }),
      },
      [second]: {
        "train.parquet": parquet({ prompt: questions(50, 80).map(({ prompt }) => prompt) }),
      },
    };
    const revisions: Record<string, string> = { main: first };
    const { space, generate, hub } = await servedBy({ "org/set": { revisions, commits } });
    const place = ["--input", "hf://org/set", "--out", "killed", "--concurrency", "2"];
    const child = startCommand("generate", [single, ...place, "--model", "sim:oak?latencyMs=40"], {
      directory: space.at(),
      environment: { HF_ENDPOINT: hub.url },
    });
    const isBegun = () =>
      readdirSync(space.at()).includes("killed") &&
      readdirSync(space.at("killed")).includes("journal.calls") &&
      space.text("killed", "journal.calls").split("\n").length > 8;
    while (!isBegun()) await sleep(10);
    child.process.kill("SIGKILL");
    await child.ended;
    revisions["main"] = second;
    const model = ["--model", "sim:oak?latencyMs=40", "--concurrency", "30"];
    const resumed = await runScript("generate", [
      single,
      "--input",
      "hf://org/set",
      "--out",
      space.at("killed"),
      ...model,
    ]);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stderr).toContain(`hf://org/set@${first}/default/train`);
    const whole = await runScript("generate", [
      single,
      "--input",
      `hf://org/set@${first}`,
      "--out",
      space.at("whole"),
      ...model,
    ]);
    expect(whole).toMatchObject({ code: 0 });
    expect(space.text("killed", "rows.jsonl")).toBe(space.text("whole", "rows.jsonl"));
    expect(space.text("killed", "sft.jsonl")).toBe(space.text("whole", "sft.jsonl"));
    const other = await generate("hf://org/set@main", "killed", ...model);
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain(`hf://org/set@${second}/default/train`);
  });

  it("takes a token to the Hub alone, and prints it nowhere", async () => {
    const secret = "hf_secretsecretsecret";
    const { hub, space, generate } = await servedBy({
      "org/gated": {
        revisions: { main: first },
        commits: { [first]: { "train.csv": "prompt\nWhy?\n" } },
        token: secret,
      },
    });
    const without = await generate("hf://org/gated", "out");
    expect(without).toMatchObject({ code: 2 });
    expect(without.stderr).toContain("set HF_TOKEN");
    expect(without.stderr).toContain(`${hub.url}/datasets/org/gated`);
    vi.stubEnv("HF_TOKEN", "hf_another");
    expect((await generate("hf://org/gated", "out")).stderr).toContain(
      "whose token HF_TOKEN holds",
    );
    vi.stubEnv("HF_TOKEN", secret);
    const end = await generate("hf://org/gated", "out");
    expect(end).toMatchObject({ code: 0 });
    const toStorage = hub.requests.filter(({ server }) => server === "storage");
    expect(toStorage.length).toBeGreaterThan(0);
    expect(toStorage.map(({ headers }) => headers.authorization)).toEqual(
      toStorage.map(() => undefined),
    );
    const written = space.files("out").map((name) => space.text("out", name));
    for (const text of [end.stdout, end.stderr, ...written]) expect(text).not.toContain("secret");
  });

  it("says what there is where an address leads to nothing, and sends nothing", async () => {
    const data = {
      "data/train-00000-of-00001.jsonl": "{}\n",
      "data/test_prefs-00000-of-00001.jsonl": "{}\n",
    };
    const { generate } = await servedBy({
      "org/set": { revisions: { main: first }, commits: { [first]: data } },
      "org/images": { revisions: { main: first }, commits: { [first]: { "one.png": "" } } },
    });
    const cases = [
      ["hf://org/set/dev", ["hf://org/set/default/train", "hf://org/set/default/test_prefs"]],
      ["hf://org/set@gone", ["no such revision"]],
      ["hf://org/none", ["Check the name"]],
      ["hf://a/model", ["found a model of that name"]],
      ["hf://org", ["expected hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT]"]],
      ["hf://org/images", ["one.png", ".parquet"]],
      ["hf://org/set", ["expected rows that can be used"]],
    ] as const;
    for (const [address, texts] of cases) {
      const end = await generate(address, "out");
      expect(end, address).toMatchObject({ code: 2, stdout: "" });
      for (const text of texts) expect(end.stderr, address).toContain(text);
    }
  });

  it("is read from the Hub's Parquet where it holds no other file that can be read", async () => {
    const { space, generate } = await servedBy({
      "org/scripted": {
        revisions: { main: first, "refs/convert/parquet": second },
        commits: {
          [first]: { "scripted.py": "", "data.zip": "" },
          [second]: {
            "en/partial-train/0000.parquet": parquet({ prompt: ["One?"] }),
            "en/partial-train/0001.parquet": parquet({ prompt: ["Two?"] }),
            "de/train/0000.parquet": parquet({ prompt: ["Drei?"] }),
          },
        },
      },
    });
    const several = await generate("hf://org/scripted", "out");
    expect(several.code).toBe(2);
    expect(several.stderr).toContain("hf://org/scripted/de/train");
    expect(await generate("hf://org/scripted/en", "out")).toMatchObject({ code: 0 });
    const prompts = space.lines("out", "rows.jsonl").map(({ input }) => input.prompt);
    expect(prompts).toEqual(["One?", "Two?"]);
    expect(space.json("out", "run.json").input.commit).toBe(second);
  });
});

describe("a file on the web", () => {
  it("is read with ranges and without, and never at two versions", async () => {
    const pairs = Array.from({ length: 3000 }, (_, index) => ({
      prompt: `Question ${index}?`,
      a: hexText(index, 60),
      b: hexText(index + 500, 60),
    }));
    const { hub, space } = await servedBy({
      "org/set": { revisions: {}, commits: { [first]: { "pairs.jsonl": jsonLines(pairs) } } },
    });
    const url = `${hub.storageUrl}/org/set/${first}/pairs.jsonl?signature=secret`;
    const evaluate = (out: string, ...more: string[]) =>
      runScript("evaluate", [
        judge,
        "--input",
        url,
        "--out",
        space.at(out),
        "--model",
        "sim:oak",
        "--quiet",
        ...more,
      ]);
    expect(await evaluate("some", "--limit", "5")).toMatchObject({ code: 0 });
    expect(hub.sent()).toBeLessThan(100_000);
    expect(space.text("some", "run.json")).not.toContain("secret");
    expect(space.json("some", "run.json").input.identity).toContain(`"one"`);
    expect(await evaluate("some", "--limit", "5")).toMatchObject({ code: 0 });
    hub.knowsRanges = false;
    const dry = await runScript("evaluate", [
      judge,
      "--input",
      `${url}&again`,
      "--model",
      "sim:oak",
      "--dry-run",
      "--json",
    ]);
    expect(JSON.parse(dry.stdout).dryRun.rows).toBe(3000);
  });
});

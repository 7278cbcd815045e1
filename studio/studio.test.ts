import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "@langchain/langgraph-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CandidatePair } from "../state/candidate.ts";
import type { Message } from "../state/message.ts";
import type { Response, Review } from "../state/response.ts";
import { freePort } from "../tests/loopback/free-port.ts";
import { startLoopbackServer, type LoopbackServer } from "../tests/loopback/loopback-server.ts";
import { rawRequest } from "../tests/loopback/raw-request.ts";
import { openAiSpeaker } from "../tests/loopback/speakers.ts";
import { runScript } from "../tests/run-script.ts";
import { startStudioCommand, type StartedStudio } from "../tests/start-studio-command.ts";
import { review, scores } from "../tests/written-answers.ts";
import { presetFiles } from "./presets.ts";

/**
 * One server for all tests, started as users start it; its models are simulated, or served on
 * loopback.
 */
let studio: StartedStudio;
let provider: LoopbackServer;
let client: Client;
const directory = mkdtempSync(join(tmpdir(), "fellowship-studio-"));

const prompt: Message[] = [{ role: "user", content: "Why is the sky blue?" }];
const pair: CandidatePair = { a: { text: "It scatters." }, b: { text: "It reflects." } };

/** Files of a project that lie where the threads are kept. */
const projectFiles = { "langgraph.json": '{"mine": true}', ".gitignore": ".env\n" };

beforeAll(async () => {
  for (const [name, text] of Object.entries(projectFiles)) {
    writeFileSync(join(directory, name), text);
  }
  provider = await startLoopbackServer(({ body }) => {
    const text = JSON.stringify(body);
    if (text.includes("Assistant A")) return openAiSpeaker.answer({ content: scores(4, 8) });
    if (text.includes("### Overall Score")) return openAiSpeaker.answer({ content: review("6") });
    return openAiSpeaker.answer({ content: `Answer ${text.length}.` });
  });
  studio = await startStudioCommand(await freePort(), directory, {
    OPENAI_API_KEY: "canary-key-5d1c",
    OPENAI_BASE_URL: `${provider.url}/v1`,
    GOOGLE_API_KEY: "",
    GEMINI_API_KEY: "",
  });
  client = new Client({ apiUrl: studio.url });
});

afterAll(async () => {
  await studio?.stop();
  await provider?.close();
  rmSync(directory, { recursive: true, force: true });
});

type Values = {
  readonly responses: readonly Response[];
  readonly reviews: readonly Review[];
  readonly failure?: { readonly reason: string };
  readonly verdict?: { readonly winner: string; readonly votes: readonly { model: string }[] };
  readonly rewrites: readonly { readonly accepted: boolean }[];
};

async function run(graph: string, input: object): Promise<Values> {
  // A stateless run leaves no thread behind.
  return (await client.runs.wait(null, graph, { input: { prompt, ...input } })) as Values;
}

async function whyNot(graph: string, input: object): Promise<string> {
  return run(graph, input).then(
    () => "",
    (error: Error) => error.message,
  );
}

describe("the directory of the threads", () => {
  it("keeps the files of a project that lie there", () => {
    for (const [name, text] of Object.entries(projectFiles)) {
      expect(readFileSync(join(directory, name), "utf8")).toBe(text);
    }
  });

  it("is refused where its folder holds something else", async () => {
    const other = join(directory, "other");
    const config = join(other, "fellowship-studio", "langgraph.json");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "{}");
    const options = ["--port", String(await freePort()), "--state", other, "--model", "sim:x"];
    const refused = await runScript("studio", options);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("was not made by this command");
    expect(readFileSync(config, "utf8")).toBe("{}");
  });
});

describe("studio", () => {
  it("serves every graph, and every preset as an assistant", async () => {
    const assistants = await client.assistants.search({ limit: 200 });
    const graphs = new Set(assistants.map(({ graph_id }) => graph_id));
    const presets = presetFiles();
    expect([...graphs].sort()).toEqual([...new Set(presets.map(({ graph }) => graph))].sort());
    expect(assistants).toHaveLength(presets.length);
    const ofPaper = assistants.find(({ name }) => name === "paper/judge-gpt-4o");
    expect(ofPaper?.config.configurable).toEqual({ topology: "paper/judge-gpt-4o.yaml" });
  });

  it("lists the graphs first, then the plain presets, then those of the paper", async () => {
    const names = (await client.assistants.search({ limit: 200 })).map(({ name }) => name);
    const graphs = presetFiles().filter(({ name, graph }) => name === `${graph}.yaml`);
    expect(names.slice(0, graphs.length).sort()).toEqual(graphs.map(({ graph }) => graph).sort());
    const firstOfPaper = names.findIndex((name) => name.startsWith("paper/"));
    expect(names.slice(firstOfPaper).every((name) => name.startsWith("paper/"))).toBe(true);
  });

  it("shows whole schemas of input, state and output, with the settings and their defaults", async () => {
    const [assistant] = await client.assistants.search({ graphId: "feedback-loop" });
    const schemas = await client.assistants.getSchemas(assistant?.assistant_id ?? "");
    const { settings, ...input } = schemas.input_schema?.properties ?? {};
    expect(Object.keys(input).sort()).toEqual(["prompt", "row"]);
    expect(settings).toMatchObject({
      default: {
        models: { generator: "sim:studio", reviewer: "sim:studio", judge: "sim:studio" },
        iterations: 3,
        evaluator: { strategy: "combined", scale: 10 },
      },
    });
    expect(schemas.input_schema?.required).toEqual(["prompt"]);
    const state = Object.keys(schemas.state_schema?.properties ?? {});
    expect(state).toEqual(expect.arrayContaining(["responses", "reviews", "settings", "verdict"]));
    const output = Object.keys(schemas.output_schema?.properties ?? {});
    expect(output).toEqual(expect.arrayContaining(["responses", "comparisons", "transcript"]));
  });

  it("asks for what an evaluator needs, and nothing a graph around it would hand in", async () => {
    const [assistant] = await client.assistants.search({ graphId: "judge" });
    const schemas = await client.assistants.getSchemas(assistant?.assistant_id ?? "");
    const input = Object.keys(schemas.input_schema?.properties ?? {});
    expect(input.sort()).toEqual(["pair", "prompt", "row", "settings"]);
    expect(schemas.input_schema?.required).toEqual(["prompt", "pair"]);
  });

  it("draws each assistant's own graph", async () => {
    const found = await client.assistants.search({ graphId: "jury", limit: 100 });
    const six = found.find(({ name }) => name === "paper/jury-gpt-4o-mini+gpt-4o");
    const graph = await client.assistants.getGraph(six?.assistant_id ?? "");
    expect(graph.nodes.map(({ id }) => id)).toContain("juror.gpt-4o-mini");
  });

  it("runs each graph with simulated models", async () => {
    expect((await run("judge", { pair })).verdict?.votes).toHaveLength(1);
    expect((await run("jury", { pair })).verdict?.votes).toHaveLength(3);
    expect((await run("debate", { pair })).verdict?.votes).toHaveLength(3);
    expect((await run("single", {})).responses).toHaveLength(1);
    expect((await run("feedback-loop", {})).responses).toHaveLength(3);
    expect((await run("chain", {})).responses.length).toBeGreaterThan(3);
    expect((await run("coevol", { response: "It is." })).rewrites.length).toBeGreaterThan(0);
  });

  it("takes models, iterations and strategy from the settings of a run", async () => {
    const settings = {
      models: { judge: "sim:other?skill=0.9" },
      iterations: 2,
      evaluator: { strategy: "independent", scale: 100 },
    };
    const { responses } = await run("feedback-loop", { settings });
    expect(responses).toHaveLength(2);
    const judged = await run("judge", { pair, settings: { models: { judge: "sim:other" } } });
    expect(judged.verdict?.votes[0]?.model).toBe("sim:other");
  });

  it("streams updates, the evaluator's inside as well", async () => {
    const { thread_id } = await client.threads.create();
    const events: string[] = [];
    const stream = client.runs.stream(thread_id, "feedback-loop", {
      input: { prompt, settings: { iterations: 2 } },
      streamMode: ["updates"],
      streamSubgraphs: true,
    });
    for await (const { event, data } of stream) {
      if (event.startsWith("updates"))
        events.push(`${event.split(":")[0]} ${Object.keys(data as object)[0]}`);
    }
    expect(events).toEqual([
      "updates generator",
      "updates reviewer",
      "updates collect-reviews",
      "updates generator",
      "updates challenge",
      "updates|evaluator judge",
      "updates|evaluator conclude",
      "updates evaluator",
      "updates choose",
    ]);
  });

  it("forks a thread at an edited review, and the generator hears the edited one", async () => {
    const { thread_id } = await client.threads.create();
    const model = "openai:gpt-4o-mini";
    const models = { generator: model, reviewer: model, judge: model };
    await client.runs.wait(thread_id, "feedback-loop", {
      input: { prompt, settings: { models, iterations: 2 } },
    });
    const history = await client.threads.getHistory<Values>(thread_id, { limit: 50 });
    const reviewed = history.find(({ next, values }) => {
      return next[0] === "generator" && values.reviews.length === 1;
    });
    if (reviewed === undefined) throw new Error("no state after the review");
    const [before] = reviewed.values.reviews;
    const edited = { ...before, feedback: "Say it in one sentence, for a child." };
    const asked = provider.requests.length;
    const { checkpoint } = (await client.threads.updateState(thread_id, {
      values: { reviews: [edited] },
      checkpoint: reviewed.checkpoint,
      asNode: "collect-reviews",
    })) as unknown as { checkpoint: { checkpoint_id: string } };
    const after = (await client.runs.wait(thread_id, "feedback-loop", {
      input: null,
      checkpointId: checkpoint.checkpoint_id,
    })) as Values;
    expect(after.reviews).toEqual([edited]);
    expect(after.responses.map(({ round }) => round)).toEqual([1, 2]);
    const heard = JSON.stringify(provider.requests[asked]?.body);
    expect(heard).toContain("Say it in one sentence, for a child.");
    expect(provider.requests).toHaveLength(asked + 2);
  });

  it("runs a second input in a thread as in a fresh one", async () => {
    const { thread_id } = await client.threads.create();
    await client.runs.wait(thread_id, "feedback-loop", { input: { prompt } });
    const input = { prompt: [{ role: "user", content: "Why is grass green?" }] };
    const later = await client.runs.wait(thread_id, "feedback-loop", { input });
    expect(later).toEqual(await client.runs.wait(null, "feedback-loop", { input }));
  });

  it("says what is wrong with a state that was edited", async () => {
    const { thread_id } = await client.threads.create();
    await client.runs.wait(thread_id, "single", { input: { prompt } });
    const edit = (values: object, asNode: string) =>
      client.threads.updateState(thread_id, { values, asNode }).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await edit({ responses: [{ round: "x" }] }, "generator")).toMatch(/422.*responses/s);
    expect(await edit({ responses: [] }, "nobody")).toMatch(/422.*nobody/s);
  });

  it("holds each run to its budget, here less than one call may cost", async () => {
    const asked = provider.requests.length;
    const settings = { models: { generator: "openai:gpt-4o" } };
    const { failure } = await run("single", { settings });
    expect(failure?.reason).toBe("over_budget");
    expect(provider.requests).toHaveLength(asked);
  });

  it.each([
    [
      { settings: { iteration: 2 } },
      /settings\.iteration: unknown key "iteration"; allowed: .*\. Did you mean "iterations"\?/,
    ],
    [{ settings: { iterations: 0 } }, "settings.iterations: expected at least 1; got 0."],
    [
      { settings: { models: { nobody: "sim:x" } } },
      /settings\.models\.nobody: unknown key "nobody"; allowed: generator, reviewer, judge\./,
    ],
    [
      { settings: { models: { generator: "nobody:x" } } },
      /settings\.models\.generator: Model "nobody:x": unknown provider/,
    ],
    [{ settings: { models: { generator: "compatible:x" } } }, "compatible:x has no price"],
    [
      { settings: { models: { generator: "google:gemini-2.5-flash" } } },
      /^FellowshipError: settings\.models\.generator: .*needs a key: set .*GOOGLE_API_KEY/,
    ],
    [{ setting: {} }, /setting: unknown key "setting"; .*Did you mean "settings"\?/],
    [{ prompt: 5 }, "prompt: expected a text, or a list of messages"],
    [{ prompt: [{ role: "robot", content: "x" }] }, "prompt.0.role: expected one of system, user"],
    [{ prompt: [], settings: { iterations: "3" } }, "prompt: is missing"],
  ])("refuses an input in a readable sentence: %j", async (input, sentence) => {
    const why = await whyNot("feedback-loop", input);
    expect(why).toMatch(sentence);
    expect(why).not.toMatch(/[\\]|\{"|--/);
  });

  it("tells a client that waits on a thread the same", async () => {
    const { thread_id } = await client.threads.create();
    const input = { prompt, settings: { iterations: "3", iteration: 2 } };
    const waiting = client.runs.wait(thread_id, "feedback-loop", { input });
    await expect(waiting).rejects.toThrow(
      /^FellowshipError: 2 mistakes:\n {2}settings\.iterations: expected a number, got the text "3"; leave out the quotes\.\n {2}settings\.iteration: unknown key/,
    );
  });

  it("takes a prompt as plain text", async () => {
    const question = "Why is the sea salty?";
    expect(await run("single", { prompt: question })).toMatchObject({
      prompt: [{ role: "user", content: question }],
      responses: [{ round: 1 }],
    });
    expect(await whyNot("single", { prompt: "" })).toContain("prompt: is missing");
  });

  it("takes the responses of a pair as plain text", async () => {
    const { verdict } = await run("judge", { pair: { a: "It scatters.", b: "It reflects." } });
    expect(verdict?.votes).toHaveLength(1);
    const why = await whyNot("judge", { pair: { a: "It scatters." } });
    expect(why).toContain("pair.b: is missing");
  });

  it("names what an input lacks, and the presets there are", async () => {
    expect(await whyNot("judge", {})).toContain("pair: is missing");
    expect(await whyNot("jury", {})).toContain("pair: is missing");
    expect(await whyNot("coevol", {})).toContain("response: is missing");
    const config = { configurable: { topology: "../../etc/passwd" } };
    const why = await client.runs
      .wait(null, "judge", { input: { prompt, pair }, config })
      .then(JSON.stringify, (error: Error) => error.message);
    expect(why).not.toContain("root:");
  });
});

describe("an attack on studio", () => {
  const json = { "content-type": "application/json" };
  const evil = { origin: "https://evil.example" };
  const paid = JSON.stringify({ assistant_id: "single", input: { prompt } });

  it.each([
    ["a run posted by another site", "POST", "/runs/wait", { ...json, ...evil }, paid],
    ["a run posted as plain text", "POST", "/runs/wait", { "content-type": "text/plain" }, paid],
    [
      "a run posted as a form",
      "POST",
      "/runs/wait",
      { "content-type": "application/x-www-form-urlencoded" },
      paid,
    ],
    ["a run posted without a kind", "POST", "/runs/wait", {}, paid],
    [
      "a run posted by a page without origin",
      "POST",
      "/runs/wait",
      { ...json, origin: "null" },
      paid,
    ],
    ["a host that was rebound", "GET", "/info", { host: "evil.example:2024" }, ""],
    ["threads read under another host", "POST", "/threads/search", { ...json, host: "a.b" }, "{}"],
    ["a picture from another site", "GET", "/info", { "sec-fetch-site": "cross-site" }, ""],
    ["truncation", "POST", "/internal/truncate", json, '{"threads":true}'],
    [
      "truncation by another site",
      "POST",
      "/internal/truncate",
      { ...json, ...evil },
      '{"threads":true}',
    ],
    [
      "another site that says it is Studio",
      "POST",
      "/threads",
      { ...json, ...evil, "x-auth-scheme": "langsmith" },
      "{}",
    ],
    [
      "a webhook elsewhere",
      "POST",
      "/runs/wait",
      json,
      JSON.stringify({ assistant_id: "single", input: { prompt }, webhook: "http://evil.example" }),
    ],
    [
      "an origin that begins like Studio's",
      "GET",
      "/info",
      { origin: "https://smith.langchain.com.evil.example" },
      "",
    ],
    [
      "a scheduled run",
      "POST",
      "/runs/crons",
      json,
      '{"assistant_id":"single","schedule":"* * * * *"}',
    ],
    ["scheduled runs", "POST", "/runs/crons/search", json, "{}"],
    ["the store", "PUT", "/store/items", json, '{"namespace":["a"],"key":"k","value":{}}'],
  ])("is refused: %s", async (_, method, path, headers, body) => {
    const [status, text] = await rawRequest(studio.url, method, path, headers, body);
    expect([403, 404]).toContain(status);
    expect(text).not.toContain("thread_id");
  });

  it.each([
    "/%69nternal/truncate",
    "/%69%6e%74%65%72%6e%61%6c/truncate",
    "/internal/%74runcate",
    "/internal%2Ftruncate",
    "/%2569nternal/truncate",
    "//internal/truncate",
    "/./internal/truncate",
    "/threads/../internal/truncate",
    "/threads/%2e%2e/internal/truncate",
    "/threads\\..\\internal\\truncate",
    "/internal/truncate/",
    "/internal/truncate#/ok",
    "/INTERNAL/truncate",
    "/%zz/internal/truncate",
    "http://127.0.0.1/internal/truncate",
    "/%73tore/items",
    "/store%2Fitems/search",
    "/%72uns/wait",
    "/%74hreads",
    "/docs",
    "/mcp",
    "/",
  ])("is refused, and wipes nothing: POST %s", async (path) => {
    const { thread_id } = await client.threads.create();
    const all = JSON.stringify({ threads: true, assistants: true, runs: true, checkpointer: true });
    const [status] = await rawRequest(studio.url, "POST", path, json, all);
    expect([400, 403]).toContain(status);
    expect((await client.threads.get(thread_id)).thread_id).toBe(thread_id);
  });

  it("is refused: the start page's path encoded, by another host", async () => {
    const [status] = await rawRequest(
      studio.url,
      "GET",
      "/%69nfo",
      { host: "evil.example:2024" },
      "",
    );
    expect(status).toBe(403);
  });

  it("is refused: a body in pieces, of unknown length", async () => {
    const headers = { ...json, "transfer-encoding": "chunked" };
    const [status] = await rawRequest(
      studio.url,
      "POST",
      "/threads",
      headers,
      "2\r\n{}\r\n0\r\n\r\n",
    );
    expect(status).toBe(403);
  });

  it("is refused: a flood in one body", async () => {
    const headers = { ...json, "content-length": String(50 * 1024 * 1024) };
    expect((await rawRequest(studio.url, "POST", "/threads", headers, "{"))[0]).toBe(403);
  });

  it("is refused: a preflight from another site gets no leave", async () => {
    const asked = { "access-control-request-method": "POST" };
    const [, refused] = await rawRequest(
      studio.url,
      "OPTIONS",
      "/runs/wait",
      { ...evil, ...asked },
      "",
    );
    expect(refused.toLowerCase()).not.toContain("access-control-allow-origin");
    const studioOwn = { origin: "https://smith.langchain.com", ...asked };
    const [, allowed] = await rawRequest(studio.url, "OPTIONS", "/runs/wait", studioOwn, "");
    expect(allowed.toLowerCase()).toContain(
      "access-control-allow-origin: https://smith.langchain.com",
    );
  });

  it("is refused: a web socket opened by another site", async () => {
    const { thread_id } = await client.threads.create();
    const upgrade = {
      ...evil,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const [status] = await rawRequest(
      studio.url,
      "GET",
      `/threads/${thread_id}/stream/events`,
      upgrade,
      "",
    );
    expect(status).not.toBe(101);
  });

  it("finds no key in what the server printed", () => {
    expect(studio.printed()).not.toContain("canary-key-5d1c");
  });
});

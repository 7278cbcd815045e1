import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { lstat, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@langchain/langgraph-sdk";
import { v5 as uuidOf } from "@langchain/core/utils/uuid";
import { FellowshipError } from "../state/fellowship-error.ts";
import { kinds } from "../topologies/kinds/kinds.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import { makeDirectory } from "../storage/make-directory.ts";
import { replaceFile } from "../storage/replace-file.ts";
import { studioOrigin } from "./guard.ts";
import { presetFiles } from "./presets.ts";

export type StudioOptions = {
  readonly port: number;
  /** `AGENT=SPEC` or `SPEC` for all. */
  readonly models: readonly string[];
  /** Dollars a run may spend. */
  readonly budgetUsd: number;
  /** Threads are kept in its folder `fellowship-studio`; by default in the project. */
  readonly directory?: string | undefined;
};

export type Studio = {
  /** Where it is, for people. */
  readonly notice: string;
  /** Ends it; `ended` resolves when it has. */
  readonly stop: () => void;
  /** Its exit code. */
  readonly ended: Promise<number>;
};

const project = fileURLToPath(new URL("..", import.meta.url));
const host = "127.0.0.1";
/** In the directory of `--state`. */
const stateFolder = "fellowship-studio";
/** The first start reads every graph; a slow machine takes a while. */
const readyWithinMs = 120_000;
/** After this it is no longer asked to end. */
const endsWithinMs = 5_000;
/** More than there are presets and a user's own together. */
const mostAssistants = 1_000;
/** Any fixed value: it makes an assistant's id of its preset's name. */
const presetNamespace = "6f2f3c52-3b1e-4f6c-9d6c-0c1d5b1a7e54";

/**
 * Starts the LangGraph server on loopback with `langgraph.json`, and gives it an assistant for each
 * preset.
 *
 * @throws FellowshipError `bad_usage` where the port is taken, a model names no provider, or the
 *   server does not start.
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { port, models, budgetUsd } = options;
  for (const model of models) {
    loadTopology(join(project, "topologies", "judge.yaml"), {
      models: [model.replace(/^[^:=]+=/, "")],
    });
  }
  await refuseTakenPort(port);
  const config = await configFile(options.directory);
  const server = spawnServer(port, config, {
    ...process.env,
    // The command line tool would report its use to its makers.
    LANGGRAPH_CLI_NO_ANALYTICS: "1",
    FELLOWSHIP_STUDIO_BUDGET_USD: String(budgetUsd),
    FELLOWSHIP_STUDIO_MODELS: JSON.stringify(models),
  });
  const ended = once(server, "exit").then(([code]) => (typeof code === "number" ? code : 0));
  const stop = () => stopGroup(server, ended);
  try {
    await Promise.race([serving(port), diedEarly(ended)]);
  } catch (error) {
    stop();
    throw error;
  }
  const url = `http://${host}:${port}`;
  const notice = `Studio: ${studioOrigin}/studio?baseUrl=${url}
Serving on ${url}, to this machine alone. A run may spend $${budgetUsd} (--budget). Ctrl-C ends it.`;
  return { notice, stop, ended };
}

async function refuseTakenPort(port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject).listen(port, host, resolve);
    });
  } catch (cause) {
    throw new FellowshipError(
      "bad_usage",
      `Port ${port} is taken. Is Studio running already? --port N takes another.`,
      { cause },
    );
  } finally {
    probe.close();
  }
}

/**
 * The configuration for the server, which keeps its threads beside it. Another directory gets a
 * copy, in a folder of its own: the server's tool edits the `.gitignore` that it finds there.
 *
 * @throws FellowshipError `bad_usage` where a folder of that name holds something else
 */
async function configFile(directory: string | undefined): Promise<string> {
  const own = join(project, "langgraph.json");
  if (directory === undefined) return own;
  const folder = join(directory, stateFolder);
  await refuseForeignFolder(folder);
  await makeDirectory(folder);
  const up = relative(folder, project).replaceAll("\\", "/");
  const path = join(folder, "langgraph.json");
  await replaceFile(path, (await readFile(own, "utf8")).replaceAll('"./', `"${up}/`));
  await replaceFile(join(folder, ".gitignore"), "# Threads, in .langgraph_api\n*\n");
  return path;
}

/** The folder of another version or checkout is ours too: its configuration names our graphs. */
async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const config = await readFile(join(folder, "langgraph.json"), "utf8").catch(() => "");
  const isLink = (await lstat(folder).catch(() => null))?.isSymbolicLink() === true;
  if (!isLink && (names.length === 0 || config.includes("/studio/graphs."))) return;
  throw new FellowshipError(
    "bad_usage",
    `--state: ${folder} exists and was not made by this command. Choose another directory.`,
    { facts: { folder } },
  );
}
function spawnServer(port: number, config: string, environment: NodeJS.ProcessEnv): ChildProcess {
  const cli = fileURLToPath(import.meta.resolve("@langchain/langgraph-cli/dist/cli/cli.mjs"));
  const options = ["--no-browser", "--no-reload", "--host", host, "--port", String(port)];
  return spawn(process.execPath, [cli, "dev", ...options, "--config", config], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
    // A group of its own: the tool starts the server as a further process, and both must end.
    detached: process.platform !== "win32",
    cwd: dirname(config),
  });
}

/** Resolves once the server answers and has its assistants. */
async function serving(port: number): Promise<void> {
  const url = `http://${host}:${port}`;
  const giveUpAt = performance.now() + readyWithinMs;
  while (performance.now() < giveUpAt) {
    const answered = await fetch(`${url}/info`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return createAssistants(new Client({ apiUrl: url }));
    await sleep(200);
  }
  throw new FellowshipError(
    "bad_usage",
    `The server did not start within ${readyWithinMs / 1000} s.`,
  );
}

async function diedEarly(ended: Promise<number>): Promise<never> {
  const code = await ended;
  throw new FellowshipError(
    "bad_usage",
    `The server ended at its start (exit code ${code}); its own messages are above.`,
  );
}

/** An assistant for each preset that is not its graph's first; one that exists is kept. */
async function createAssistants(client: Client): Promise<void> {
  const presets = presetFiles().filter(({ name, graph }) => name !== `${graph}.yaml`);
  // The server lists the newest first: so the plain presets come before those of the paper.
  for (const { name, graph } of presets.toReversed()) {
    await client.assistants.create({
      graphId: graph,
      assistantId: uuidOf(name, presetNamespace),
      name: name.replace(/\.yaml$/, ""),
      config: { configurable: { topology: name } },
      ifExists: "do_nothing",
    });
  }
  await listGraphsFirst(client, new Set(presets.map(({ name }) => uuidOf(name, presetNamespace))));
}

/**
 * The server makes an assistant for each graph before it serves, so that all presets are newer, and
 * listed before it. Those of the graphs are made again, which a kept directory needs once.
 */
async function listGraphsFirst(client: Client, presetIds: ReadonlySet<string>): Promise<void> {
  const listed = await client.assistants.search({ limit: mostAssistants });
  const behind = listed
    .slice(listed.findIndex(({ assistant_id }) => presetIds.has(assistant_id)))
    .filter(({ metadata }) => metadata?.["created_by"] === "system");
  const order = kinds.map(({ graph }) => graph).toReversed();
  for (const graph of order) {
    const own = behind.find(({ graph_id }) => graph_id === graph);
    if (own === undefined) continue;
    const { assistant_id: assistantId, config, metadata, name } = own;
    await client.assistants.delete(assistantId);
    await client.assistants.create({ graphId: graph, assistantId, config, metadata, name });
  }
}

function stopGroup(server: ChildProcess, ended: Promise<unknown>): void {
  signalGroup(server, "SIGTERM");
  const timer = setTimeout(() => signalGroup(server, "SIGKILL"), endsWithinMs);
  void ended.finally(() => clearTimeout(timer));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // It has ended already.
  }
}

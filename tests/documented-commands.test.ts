import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createBillingServer } from "./loopback/billing-server.ts";
import { withLoopbackServer } from "./loopback/loopback-server.ts";
import { runScript, type ScriptEnd } from "./run-script.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Pages whose `sh` blocks run, one after another, in an empty folder. */
const pages = ["docs/getting-started.md", "docs/recipes.md"];

/** A line that no command prints parts what the blocks print. */
const mark = "── the next block ──";

describe("the commands of the documentation", () => {
  it.each(pages)("run as they are written, and print what the page says: %s", async (page) => {
    const blocks = blocksOf(page);
    const commands = blocks.filter(({ language }) => language === "sh");
    const script = commands.map(({ content }) => `${content}echo '${mark}'\n`).join("");
    const { code, stdout, stderr } = await runInEmptyFolder(script);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    const printed = stdout.split(`${mark}\n`);
    let block = -1;
    for (const { language, content } of blocks) {
      if (language === "sh") block += 1;
      if (language !== "text") continue;
      for (const line of content.trimEnd().split("\n")) expect(printed[block]).toContain(line);
    }
  });
});

/** The fenced blocks of a page, in order. */
function blocksOf(page: string): { readonly language: string; readonly content: string }[] {
  const fences = readFileSync(page, "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language = "", content = ""]) => ({ language, content }));
}

/** Every server that the script names is one on loopback, which answers each role. */
async function runInEmptyFolder(script: string) {
  const directory = temporaryDirectory();
  const folder = join(directory, "empty");
  mkdirSync(folder);
  const commands = await serveCommands(join(directory, "commands"));
  const path = `${writeNpx(join(directory, "bin"), commands)}:${process.env["PATH"]}`;
  const models = createBillingServer({ price: { in: 0, out: 0 } });
  return withLoopbackServer(models.script, async ({ url }) => {
    const servers = { OLLAMA_BASE_URL: `${url}/v1`, OPENAI_BASE_URL: `${url}/v1` };
    const environment = { ...process.env, ...servers, PATH: path };
    const shell = spawn("sh", ["-e"], { cwd: folder, env: environment });
    shell.stdin.end(script.replaceAll("http://127.0.0.1:8080", url));
    const ended = new Promise((resolveEnd) => shell.on("close", resolveEnd));
    const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    return { code: await ended, stdout, stderr };
  });
}

/** A command as the shell starts it. */
type Started = {
  readonly argv: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * Runs the shell's commands in this process, which has loaded everything already: it would take
 * each of them longer than its work.
 *
 * @param path Where the socket is made.
 */
async function serveCommands(path: string): Promise<string> {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let line = "";
    connection.setEncoding("utf8").on("data", (chunk: string) => (line += chunk));
    connection.on("end", async () => {
      const end = await runAsStarted(JSON.parse(line) as Started);
      connection.end(JSON.stringify(end));
    });
  });
  await new Promise<void>((listening) => server.listen(path, listening));
  onTestFinished(() => void server.close());
  return path;
}

async function runAsStarted({ argv, directory, environment }: Started): Promise<ScriptEnd> {
  const before = process.cwd();
  const changed = Object.entries(environment).filter(
    ([name, value]) => process.env[name] !== value,
  );
  for (const [name, value] of changed) vi.stubEnv(name, value);
  process.chdir(directory);
  try {
    const [name = "", ...rest] = argv;
    return await runScript(name, rest);
  } finally {
    process.chdir(before);
    vi.unstubAllEnvs();
  }
}

/** Makes a folder with an `npx` that runs these sources in place of the published package. */
function writeNpx(folder: string, commands: string): string {
  mkdirSync(folder);
  const file = join(folder, "npx");
  writeFileSync(
    file,
    `#!${process.execPath}\n${npx.replace("COMMANDS", JSON.stringify(commands))}`,
  );
  chmodSync(file, 0o755);
  return folder;
}

const npx = `
const [, , program, ...argv] = process.argv;
if (program !== "fellowship") throw new Error("npx starts " + program);
const connection = require("node:net").connect(COMMANDS);
connection.end(JSON.stringify({ argv, directory: process.cwd(), environment: process.env }));
require("node:stream/consumers").json(connection).then(({ code, stdout, stderr }) => {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = code;
});
`;

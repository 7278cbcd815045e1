import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createBillingServer } from "./loopback/billing-server.ts";
import { withLoopbackServer } from "./loopback/loopback-server.ts";
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
  const path = `${writeNpx(join(directory, "bin"))}:${process.env["PATH"]}`;
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

/** Makes a folder with an `npx` that runs these sources in place of the published package. */
function writeNpx(folder: string): string {
  mkdirSync(folder);
  const file = join(folder, "npx");
  const program = resolve("bin/fellowship.js");
  writeFileSync(file, `#!/bin/sh\nshift\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}

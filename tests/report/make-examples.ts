/**
 * Writes the report of the demo to docs/, as an example, with pictures of it: `npm run
 * docs:report`. It needs Chromium.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { generate } from "../../runs/generate/generate.ts";
import { openAskedMessages } from "../../runs/replay/asked-messages.ts";
import { silent } from "../workspace.ts";
import { openBrowser } from "./chromium.ts";

const pictures = [
  { name: "report-overview.png", hash: "overview", height: 600 },
  { name: "report-row.png", hash: "row=1", height: 640 },
];

const docs = resolve("docs");
const parent = mkdtempSync(join(tmpdir(), "fellowship-"));
const browser = await openBrowser();
try {
  copyFileSync("examples/demo/prompts.jsonl", join(parent, "prompts.jsonl"));
  // Relative names, so that the report names no folder of this machine.
  process.chdir(parent);
  await generate("feedback-loop", {
    input: "prompts.jsonl",
    directory: "out/demo",
    models: ["replay:examples/demo/cassette.jsonl"],
    concurrency: 8,
    fresh: false,
    salvage: false,
    plots: true,
    askedOf: openAskedMessages,
    environment: {},
    progress: silent,
  });
  copyFileSync("out/demo/report.html", join(docs, "demo-report.html"));
  for (const { name, hash, height } of pictures) {
    const page = await browser.newPage({ viewport: { width: 1000, height } });
    await page.goto(`${pathToFileURL(join(docs, "demo-report.html")).href}#${hash}`);
    await page.waitForSelector(hash === "overview" ? ".summary" : "#row-sheet h2");
    await page.screenshot({ path: join(docs, name) });
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(parent, { recursive: true, force: true });
}

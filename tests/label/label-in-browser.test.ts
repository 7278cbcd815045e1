import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { label, type Labelling } from "../../runs/label/label.ts";
import { chromiumPath, openBrowser } from "../report/chromium.ts";
import { hostileStrings } from "../report/hostile-strings.ts";
import { openWorkspace, type Written } from "../workspace.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

if (chromiumPath === null) {
  console.warn(
    "The tests of the page of label in a browser are skipped: expected Chromium at /usr/bin/chromium or where FELLOWSHIP_CHROMIUM says.",
  );
}

describe.skipIf(chromiumPath === null)("the page of label in a browser", () => {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-"));
  const space = openWorkspace(directory);
  let browser: Browser;
  let page: Page;
  let labelling: Labelling;
  const problems: string[] = [];

  beforeAll(async () => {
    const size = 8;
    const texts = Array.from({ length: Math.ceil(hostileStrings.length / size) }, (_, index) =>
      hostileStrings.slice(size * index, size * (index + 1)).join("\n"),
    );
    space.write(
      "pairs.jsonl",
      texts.map((text) => ({ prompt: `Prompt ${text}`, a: `Left ${text}`, b: `Right ${text}` })),
    );
    labelling = await label({
      input: space.at("pairs.jsonl"),
      file: space.at("labels.jsonl"),
      person: "Ann <b>",
      random: 100,
      force: false,
      port: 0,
      onProblem: (problem) => problems.push(problem),
    });
    browser = await openBrowser();
    page = await browser.newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (!/^(?:data:,$)/.test(request.url()) && !request.url().startsWith(labelling.address)) {
        problems.push(request.url());
      }
    });
    await page.goto(labelling.address);
    await judged(0);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true });
  });

  const judged = (count: number) =>
    page.locator("#progress", { hasText: `: ${count} of ` }).waitFor();
  const labels = () =>
    space.lines("labels.jsonl").flatMap(({ labels: given }: Written) => Object.values(given ?? {}));

  it("takes answers from the keyboard alone, each once", async () => {
    await page.keyboard.press("t");
    await judged(1);
    await page.keyboard.press("u");
    await judged(0);
    await page.keyboard.press("Control+a");
    const isLeft = ((await page.textContent("#a")) ?? "").startsWith("Left");
    await page.keyboard.press("a");
    await judged(1);
    expect(labels()).toEqual([isLeft ? "a" : "b"]);
    await page.keyboard.press("s");
    await page.locator("#progress", { hasText: "1 skipped" }).waitFor();
    expect(labels()).toHaveLength(1);
  });

  it("takes answers by buttons, and shows the same pair after a reload", async () => {
    await page.click("[data-answer=tie]");
    await judged(2);
    const before = await page.textContent("main");
    await page.reload();
    await judged(2);
    expect(await page.textContent("main")).toBe(before);
  });

  it("is accessible, light and dark, wide and narrow", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: colorScheme === "dark" ? 360 : 1280, height: 800 });
      const found = (await page.evaluate(
        `${axe}; axe.run().then(({ violations }) => violations)`,
      )) as {
        id: string;
        nodes: { html: string }[];
      }[];
      expect(found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      const isTooWide = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth",
      );
      expect(isTooWide).toBe(false);
    }
  });

  it("shows hostile texts as texts", async () => {
    const { progress } = await labelling.state();
    for (let count = 3; count <= progress.pairs; count += 1) {
      await page.keyboard.press("b");
      await judged(count);
      expect(await page.evaluate('document.querySelectorAll("main *").length')).toBeLessThan(40);
    }
    expect(await page.evaluate('"attacked" in globalThis')).toBe(false);
    expect(await page.isVisible("main")).toBe(false);
    expect(await page.textContent("#note")).toContain("You have judged every pair");
    expect(labels()).toHaveLength(progress.pairs);
    expect(problems).toEqual([]);
  }, 120_000);

  it("says so where the command has ended", async () => {
    await labelling.stop();
    await page.keyboard.press("u");
    await page.waitForSelector("#problem:not([hidden])");
    expect(await page.textContent("#problem")).toContain("does not answer");
  });
});

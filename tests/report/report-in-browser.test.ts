import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../../runs/generate/generate.ts";
import { evaluate } from "../../runs/evaluate/evaluate.ts";
import { openAskedMessages } from "../../runs/replay/asked-messages.ts";
import { replayRow } from "../../runs/replay/replay-row.ts";
import { rewriteReport } from "../../runs/report/rewrite-report.ts";
import { page as pageOf } from "../../report-page/page/page.ts";
import { openRowFiles } from "../../report-page/page/row-files.ts";
import { createRowIndex } from "../../report-page/page/row-index.ts";
import { visibleText } from "../../report-page/page/visible-text.ts";
import { rounds } from "../long-tables.ts";
import { openWorkspace } from "../workspace.ts";
import { chromiumPath, openBrowser } from "./chromium.ts";
import { writeHostileRun } from "./hostile-run.ts";
import { hostileStrings } from "./hostile-strings.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

if (chromiumPath === null) {
  console.warn(
    "The tests of the report in a browser are skipped: expected Chromium at /usr/bin/chromium or where FELLOWSHIP_CHROMIUM says.",
  );
}

const loop = {
  graph: "feedback-loop",
  iterations: 3,
  agents: {
    generator: { model: "sim:oak?skill=0.5" },
    reviewers: [{ name: "reviewer", model: "sim:elm?skill=0.7" }],
  },
  evaluator: {
    graph: "judge",
    orders: "both",
    agents: { judge: { model: "sim:judge?noise=0.05" } },
  },
};
const judge = {
  graph: "judge",
  orders: "both",
  agents: { judge: { model: "sim:judge?noise=0.1" } },
};

/** What axe finds on a page: by all rules in light colours, by those of colours in dark ones. */
async function seriousViolations(page: Page, colorScheme: "light" | "dark"): Promise<string[]> {
  const rules = colorScheme === "light" ? {} : { runOnly: ["cat.color"] };
  const found = await page.evaluate(
    async (options) => {
      const { axe: checker } = globalThis as unknown as {
        axe: {
          run: (given: object) => Promise<{
            violations: { impact: string; id: string; nodes: { html: string }[] }[];
          }>;
        };
      };
      const { violations } = await checker.run(options);
      return violations.map(({ id, impact, nodes }) => `${impact} ${id} ${nodes[0]?.html}`);
    },
    // Details of what passes would take most of the time.
    { resultTypes: ["violations"], ...rules },
  );
  return found.filter((one) => /^(?:serious|critical)/.test(one));
}

/**
 * What the sheets of the first rows show, each opened by its link: all of it inside the page, since
 * to ask the browser from outside takes longer than to show a row.
 */
function sheetsOf(page: Page, count: number): Promise<{ title: string; responses: string[] }[]> {
  return page.evaluate(`(async () => {
    const title = () => document.querySelector("#row-sheet h2")?.textContent ?? "";
    const sheets = [];
    for (let row = 1; row <= ${count}; row += 1) {
      location.hash = "row=" + row;
      while (!title().startsWith("Row " + row + ": ")) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const responses = document.querySelectorAll("#row-sheet .ladder .response .content");
      sheets.push({
        title: title(),
        responses: Array.from(responses, ({ textContent }) => textContent),
      });
    }
    return sheets;
  })()`);
}

describe.skipIf(chromiumPath === null)("the report in a browser", () => {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-"));
  const space = openWorkspace(directory);
  let browser: Browser;
  let loopReport = "";
  let judgeReport = "";

  beforeAll(async () => {
    browser = await openBrowser();
    space.write("loop.yaml", JSON.stringify(loop));
    space.write("judge.yaml", JSON.stringify(judge));
    const categories = ["math", "poem"];
    space.write(
      "prompts.jsonl",
      Array.from({ length: 60 }, (_, index) => ({
        id: `question-${index + 1}`,
        prompt: `Explain the number ${index + 1} to a child.`,
        category: categories[index % 2],
      })),
    );
    space.write(
      "pairs.jsonl",
      Array.from({ length: 20 }, (_, index) => ({
        id: `pair-${index + 1}`,
        prompt: `Which is better, ${index}?`,
        a: `The first answer ${index}.`,
        b: index === 19 ? 7 : `The second answer ${index}, which is longer.`,
        label: index % 3 === 0 ? "a" : "b",
      })),
    );
    const plots = { plots: true, askedOf: openAskedMessages };
    await generate(space.at("loop.yaml"), space.options("prompts.jsonl", "loop", plots));
    await evaluate(space.at("judge.yaml"), space.options("pairs.jsonl", "judge", plots));
    loopReport = pathToFileURL(space.at("loop", "report.html")).href;
    judgeReport = pathToFileURL(space.at("judge", "report.html")).href;
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Opens a report and collects what must not be: errors, refusals and requests. */
  async function open(url: string, options: Parameters<Browser["newContext"]>[0] = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("pageerror", ({ message }) => troubles.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    page.on("dialog", (dialog) => troubles.push(`dialog ${dialog.message()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) troubles.push(`request ${request.url()}`);
    });
    await page.goto(url);
    return { page, troubles };
  }

  const goTo = (page: Page, hash: string) =>
    page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const countOf = (page: Page) => page.locator("#row-count").innerText();
  const rowsOf = (page: Page) => page.locator("#row-list tbody tr").count();

  it("finds rows by any of their texts, by filters and by sorting", async () => {
    const { page, troubles } = await open(`${loopReport}#rows`);
    expect(await countOf(page)).toBe("1–50 of 60 rows");
    await page.click("[data-page='1']");
    expect(await rowsOf(page)).toBe(10);
    await page.fill("#search", "explain question-17");
    expect(await countOf(page)).toBe("1–1 of 1 rows that fit, 60 in all");
    await page.fill("#search", "simulated judgement question-4");
    expect(await countOf(page)).toMatch(/^1–11 of 11 rows/);
    await page.click("button[type=reset]");
    await page.selectOption("select[name='field:category']", { label: "poem" });
    expect(await countOf(page)).toBe("1–30 of 30 rows that fit, 60 in all");
    await page.click("button[type=reset]");
    await page.click("[data-sort=margin]");
    await page.click("[data-sort=margin]");
    const margins = await page.locator("td.margin").allInnerTexts();
    const numbers = margins.map(Number);
    expect(numbers).toEqual(numbers.toSorted((one, other) => other - one));
    expect(await page.getAttribute("th:has([data-sort=margin])", "aria-sort")).toBe("descending");
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("shows a row as a ladder, by its own link", async () => {
    const { page, troubles } = await open(`${loopReport}#row=17`);
    await page.waitForSelector("#row-sheet h2");
    expect(await page.innerText("#row-sheet h2")).toBe("Row 17: question-17");
    const kinds = await page.$$eval(".ladder > li", (items) => items.map((item) => item.className));
    expect(kinds.filter((kind) => kind === "response")).toHaveLength(3);
    expect(kinds.filter((kind) => kind === "review")).toHaveLength(2);
    expect(kinds.filter((kind) => kind === "verdict")).toHaveLength(2);
    const votes = page.locator(".ladder .verdict").first().locator("details.vote");
    expect(await votes.count()).toBe(2);
    expect(await votes.allInnerTexts()).toEqual([
      expect.stringContaining("shown as A: Round 1; shown as B: Round 2"),
      expect.stringContaining("shown as A: Round 2; shown as B: Round 1"),
    ]);
    for (const words of await votes.allInnerTexts()) expect(words).toContain("Simulated judgement");
    expect(await page.innerText("#row-sheet pre")).toContain("--row 17");
    // Each call's messages are folded, and are those that a replay asks again.
    expect(await page.locator(".asked .said").count()).toBe(0);
    const { calls } = await replayRow(space.at("loop"), {
      row: 17,
      allowCode: false,
      onCode: () => undefined,
    });
    await page.$$eval("details.asked", (all) => all.map((one) => one.setAttribute("open", "")));
    await page.waitForFunction(`document.querySelectorAll(".asked .said").length > 9`);
    const asked = await page.$$eval("details.asked", (all) =>
      all.map((one) =>
        [...one.querySelectorAll(".said")].map((said) => ({
          role: said.querySelector(".name")?.textContent,
          content: said.querySelector(".content")?.textContent,
        })),
      ),
    );
    expect(asked).toHaveLength(calls.length);
    for (const { call } of calls) expect(asked).toContainEqual(call.messages);
    expect(await page.locator("ins, del").count()).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("is used by keyboard alone", async () => {
    const { page } = await open(loopReport);
    await page.keyboard.press("/");
    await page.waitForFunction("document.activeElement?.id === 'search'");
    await page.keyboard.type("question-3");
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#row-sheet h2");
    expect(await page.innerText("#row-sheet h2")).toBe("Row 30: question-30");
    await page.keyboard.press("j");
    await expect.poll(() => page.innerText("#row-sheet h2")).toBe("Row 31: question-31");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#rows", { state: "visible" });
    await page.context().close();
  });

  it("answers what failed and where people differ in two clicks", async () => {
    const { page } = await open(judgeReport);
    expect(await page.innerText("#overview")).toContain("b: expected text or an object");
    await page.click("a[href='#rows:failed']");
    expect(await countOf(page)).toBe("1–1 of 1 rows that fit, 20 in all");
    await page.click("nav a[href='#overview']");
    await page.click("a[href='#rows:disagrees']");
    await page.locator("#row-list a").first().click();
    await page.waitForSelector("#row-sheet h2");
    expect(await page.innerText("#row-sheet .reasons")).toContain("disagrees with people");
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("passes axe on every sheet, %s", async (colorScheme) => {
    // Dark differs in colours alone, which the two reports share.
    for (const url of colorScheme === "light" ? [loopReport, judgeReport] : [judgeReport]) {
      const { page } = await open(url, { colorScheme, bypassCSP: true });
      await page.addScriptTag({ content: axe });
      for (const sheet of ["overview", "figures", "rows", "row=2"]) {
        await goTo(page, sheet);
        await page.waitForTimeout(100);
        await page.$$eval("details", (all) => all.map((one) => one.setAttribute("open", "")));
        expect(await seriousViolations(page, colorScheme)).toEqual([]);
      }
      await page.context().close();
    }
  });

  it("fits a phone, and prints its figures with their numbers", async () => {
    for (const url of [loopReport, judgeReport]) {
      const { page } = await open(url, { viewport: { width: 360, height: 740 } });
      for (const sheet of ["overview", "figures", "rows", "row=2"]) {
        await goTo(page, sheet);
        await page.waitForTimeout(100);
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect(width).toBeLessThanOrEqual(360);
      }
      await page.emulateMedia({ media: "print" });
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await page.isVisible("#overview .summary")).toBe(true);
      expect(await page.locator("#figures table").first().isVisible()).toBe(true);
      expect(await page.isVisible("nav")).toBe(false);
      await page.context().close();
    }
  });

  it("shows 150 hostile strings as the texts they are", async () => {
    mkdirSync(space.at("hostile"));
    writeHostileRun(space.at("hostile"));
    await rewriteReport([space.at("hostile")], {});
    const url = pathToFileURL(space.at("hostile", "report.html")).href;
    const { page, troubles } = await open(url);
    for (const sheet of ["figures", "rows"]) await page.click(`nav a[href='#${sheet}']`);
    const shown = hostileStrings.map((text) => visibleText(text));
    const sheets = await sheetsOf(page, hostileStrings.length);
    expect(sheets.map(({ title }) => title)).toEqual(
      shown.map((text, index) => `Row ${index + 1}: ${text}`),
    );
    expect(sheets.map(({ responses }) => responses)).toEqual(
      shown.map((text) => [text, `${text} better`]),
    );
    expect(await page.evaluate(() => "attacked" in globalThis)).toBe(false);
    // oxlint-disable-next-line no-control-regex -- none of them may be left
    expect(await page.innerHTML("main")).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u202A-\u202E]/);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("opens many rows, which are in files beside it", async () => {
    const count = rounds(20_000, 100_000);
    mkdirSync(space.at("many"));
    const files = openRowFiles(space.at("many"));
    const rows = createRowIndex();
    // As many bytes, however many rows: it is these that lead to files.
    const text = "A text of some length. ".repeat(800_000 / count);
    for (let row = 1; row <= count; row += 1) {
      const name = { row, id: `row-${row}`, outcome: row % 10 === 0 ? "tie" : "A wins" };
      const step = { kind: "talk", name: "Said", by: "judge", call: 0 };
      await files.add({
        ...name,
        prompt: [{ name: "user", text }],
        fields: [],
        steps: [step],
        pairs: [],
        reasons: [],
        calls: [],
      });
      await rows.add({
        ...name,
        run: 0,
        excerpt: `The prompt of row ${row}`,
        marks: new Set(row % 10 === 0 ? ["tie"] : []),
        margin: row % 7,
        round: null,
        tokens: row,
        usd: 0,
        fields: {},
      });
    }
    const { chunkStarts, lines } = await files.end();
    expect(lines).toEqual([]);
    const index = rows.end({ runs: [{ name: "many", command: "" }], chunkStarts });
    const html = pageOf({ title: "many", runs: [], figures: [], index, rowLines: lines });
    const { page, troubles } = await open(
      pathToFileURL(space.write("many/report.html", html)).href,
    );
    await page.click("nav a[href='#rows']");
    expect(await countOf(page)).toBe(`1–50 of ${count.toLocaleString("en")} rows`);
    await page.selectOption("select[name=mark]", { index: 1 });
    expect(await countOf(page)).toBe(
      `1–50 of ${(count / 10).toLocaleString("en")} rows that fit, ${count.toLocaleString("en")} in all`,
    );
    await page.fill("#search", `row-${count - 10}`);
    await page.locator("#row-list a").first().click();
    await page.waitForSelector("#row-sheet h2");
    expect(await page.innerText("#row-sheet h2")).toBe(`Row ${count - 10}: row-${count - 10}`);
    expect(troubles).toEqual([]);
    await page.context().close();
  });
});

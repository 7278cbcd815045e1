import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { providerNames } from "../models/providers/providers.ts";
import { describeSimulationParameters } from "../models/simulation/sim-parameters.ts";
import { topologyOfSvg } from "../topologies/draw-topology.ts";
import { withDrawings } from "../topologies/with-drawings.ts";

const documents = ["README.md", ...readdirSync("docs").map((name) => join("docs", name))].filter(
  (name) => name.endsWith(".md"),
);

const drawings = readdirSync("docs")
  .filter((name) => name.endsWith(".svg"))
  .map((name) => join("docs", name));

describe("the documents", () => {
  it.each(documents)(
    "draw the graphs as they are: %s (npm run draw -- --into FILE)",
    async (name) => {
      const text = readFileSync(name, "utf8");
      expect(await withDrawings(text, { allowCode: true })).toBe(text);
    },
  );

  it.each(drawings)(
    "show drawings of the graphs as they are: %s (npm run draw -- --into FILE)",
    async (name) => {
      const text = readFileSync(name, "utf8");
      expect(topologyOfSvg(text)).not.toBeNull();
      expect(await withDrawings(text, { allowCode: true })).toBe(text);
    },
  );

  it.each(documents)("show files as they are: %s", (name) => {
    const shown = /<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)\n```\n<!-- \/file -->/g;
    const text = readFileSync(name, "utf8");
    const blocks = [...text.matchAll(shown)];
    expect(blocks).toHaveLength(text.split("<!-- file: ").length - 1);
    for (const [, file = "", content] of blocks) {
      expect(`${content}\n`).toBe(readFileSync(file, "utf8"));
    }
  });

  it("list every parameter of a simulation", () => {
    const text = readFileSync("docs/topologies.md", "utf8");
    for (const line of describeSimulationParameters()) expect(text).toContain(`- ${line}\n`);
  });

  it("name every provider", () => {
    const text = readFileSync("docs/topologies.md", "utf8");
    for (const name of providerNames) expect(text).toContain(`\`${name}\``);
  });

  it.each(documents)("link only to files that are there: %s", (name) => {
    const text = readFileSync(name, "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => readFileSync(join(name, "..", target))).not.toThrow();
    }
  });

  it("show commands that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of documents) {
      for (const [, command = ""] of readFileSync(name, "utf8").matchAll(/npm run ([a-z:]+)/g)) {
        expect(Object.keys(scripts)).toContain(command);
      }
    }
  });
});

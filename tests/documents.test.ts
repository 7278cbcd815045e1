import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { providerNames } from "../models/providers/providers.ts";
import { commandGroups } from "../scripts/commands.ts";
import { describeSimulationParameters } from "../models/simulation/sim-parameters.ts";
import { topologyOfSvg } from "../topologies/draw-topology.ts";
import { withDrawings } from "../topologies/with-drawings.ts";

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...["docs", "docs/design", "docs/topologies"].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  ),
].filter((name) => name.endsWith(".md"));

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
      for (const [, command = ""] of readFileSync(name, "utf8").matchAll(/npm run ([a-z:-]+)/g)) {
        expect(Object.keys(scripts)).toContain(command);
      }
    }
  });

  it.each(documents)("name commands that there are: %s", (name) => {
    const names = commandGroups.flatMap(({ commands }) => commands.map((command) => command.name));
    const named = readFileSync(name, "utf8").matchAll(/\bfellowship ([a-z]+)(?= [a-zA-Z.-]|`|$)/gm);
    for (const [, command = ""] of named) expect(names).toContain(command);
  });

  it.each(documents)("have short lines outside of tables, code and links: %s", (name) => {
    const prose = readFileSync(name, "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
    const generated = describeSimulationParameters().map((line) => `- ${line}`);
    const long = prose
      .split("\n")
      .filter((line) => line.length > 100 && !/^\||\]\(/.test(line) && !generated.includes(line));
    expect(long).toEqual([]);
  });
});

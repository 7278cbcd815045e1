import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kinds } from "../topologies/kinds/kinds.ts";
import { exportName } from "./serve-graphs.ts";

/** LangGraph's server reads names of exports, so the list of kinds is written out in two files. */

const names = kinds.map(({ graph }) => exportName(graph));
const inLine = `export const { ${names.join(", ")} } = serveGraphs();`;
const inTwoLines = `export const { ${names.join(", ")} } =\n  serveGraphs();`;
const inLines = `export const {\n${names.map((name) => `  ${name},\n`).join("")}} = serveGraphs();`;

// To write the file anew from the list: npx vitest run studio/served-graphs.test.ts -u
it("exports the graph of every kind", async () => {
  await expect(`import { serveGraphs } from "./serve-graphs.ts";

/** The graphs that \`langgraph.json\` serves; written from the list of kinds by its test. */
${[inLine, inTwoLines].find((text) => /^.{1,100}$/m.exec(text)?.index === 0) ?? inLines}
`).toMatchFileSnapshot("graphs.ts");
});

it("names the graph of every kind in langgraph.json", async () => {
  const file = "../langgraph.json";
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  const lines = kinds.map(
    ({ graph }) => `    "${graph}": "./studio/graphs.ts:${exportName(graph)}"`,
  );
  const graphs = `"graphs": {\n${lines.join(",\n")}\n  }`;
  await expect(text.replace(/"graphs": \{[^}]*\}/, graphs)).toMatchFileSnapshot(file);
});

import { readFile } from "node:fs/promises";
import { replaceFile } from "../runs/storage/replace-file.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { drawTopology, drawTopologyAsSvg, topologyOfSvg } from "../topologies/draw-topology.ts";
import { withDrawings } from "../topologies/with-drawings.ts";
import { runCommand } from "./command.ts";
import { parseOptions } from "./parse-options.ts";

const usage = "Usage: npm run draw -- TOPOLOGY [--svg [--into FILE.svg]] | --into FILE";
const help = `${usage}

The graph of a topology, drawn from the graph itself, as Mermaid or as SVG. Dashed edges are taken only when a router says so.
No key is needed, no model is asked, and nothing is sent anywhere.

Examples:
  npm run draw -- topologies/feedback-loop.yaml
  npm run draw -- topologies/coevol.yaml --svg --into docs/coevol.svg
  npm run draw -- --into README.md

Options:
  --svg                as SVG, with the evaluator inside a loop opened as a box
  --into FILE.svg      with a topology and --svg: where to write it
  --into FILE          alone: draws anew what a file holds: what stands between <!-- drawing: TOPOLOGY --> and
                       <!-- /drawing --> in a Markdown file, or an SVG that this command wrote
  --help               this text
`;

const options = {
  svg: { type: "boolean" },
  into: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

await runCommand(async (argv) => {
  const { values, positionals } = parseOptions(argv, usage, options);
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  const { svg = false, into } = values;
  const [path, ...others] = positionals;
  if (others.length > 0) throw badUsage("Expected one topology.");
  if (path === undefined) {
    if (into === undefined || svg) throw badUsage("Expected one topology.");
    await drawAnew(into);
  } else if (into === undefined) {
    process.stdout.write(svg ? await drawTopologyAsSvg(path) : `${await drawTopology(path)}\n`);
  } else {
    if (!svg) throw badUsage("--into with a topology writes SVG, and needs --svg.");
    await replaceFile(into, await drawTopologyAsSvg(path));
  }
  return 0;
});

/** Draws anew what a Markdown file or an SVG holds. */
async function drawAnew(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new FellowshipError("bad_usage", `Can't read ${file}.`, { cause });
  });
  if (file.endsWith(".svg") && topologyOfSvg(text) === null) {
    throw badUsage(`${file} was not drawn by this command, so no topology is known for it.`);
  }
  await replaceFile(file, await withDrawings(text));
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}\n${usage}`);
}

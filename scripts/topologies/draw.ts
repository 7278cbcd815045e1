import { readFile, stat } from "node:fs/promises";
import { printable } from "../../runs/progress/progress.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { expectRegularFile } from "../../state/files/regular-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { DrawOptions } from "../../topologies/draw-topology.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship draw TOPOLOGY [--svg [--into FILE.svg [--force]]] | --into FILE";
export const help = `${usage}

The graph of a topology, drawn from the graph itself, as Mermaid or as SVG. Dashed edges are taken
only when a router says so. No key is needed, no model is asked, and nothing is sent anywhere.

Examples:
  fellowship draw feedback-loop
  fellowship draw coevol --svg --into docs/coevol.svg
  fellowship draw --into README.md
  fellowship draw examples/disagreement.ts

Options:
  --svg                as SVG, with the evaluator inside a loop opened as a box
  --into FILE.svg      with a topology and --svg: where to write it
  --into FILE          without a topology: updates the drawings in a file, which are the text
                       between <!-- drawing: TOPOLOGY --> and <!-- /drawing --> in Markdown, or an
                       SVG that this command wrote
  --force              overwrite a FILE.svg that this command did not write
  --allow-code         draw topology files with nodes of your own (node: ./file.ts#export), and code
                       that FILE names; their code then runs. A topology in code that is named here
                       needs no permission
  --help               this text
`;

const options = {
  svg: { type: "boolean" },
  into: { type: "string" },
  force: { type: "boolean" },
  "allow-code": { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const { svg = false, into } = values;
  const drawing = {
    allowCode: values["allow-code"] === true,
    onCode: (notice: string) => process.stderr.write(`${printable(notice)}\n`),
  };
  const { drawTopology, drawTopologyAsSvg } = await import("../../topologies/draw-topology.ts");
  const [path, ...others] = positionals;
  if (others.length > 0) throw badUsage("Expected one topology.");
  if (path === undefined) {
    if (into === undefined || svg) throw badUsage("Expected one topology.");
    await drawAnew(into, drawing);
  } else if (into === undefined) {
    const drawn = svg
      ? await drawTopologyAsSvg(path, drawing)
      : `${await drawTopology(path, drawing)}\n`;
    process.stdout.write(drawn);
  } else {
    if (!svg) throw badUsage("--into with a topology writes SVG, and needs --svg.");
    const isOwn = await isOwnSvg(into);
    await refuseOverwrite(into, { force: isOwn || values.force === true, option: "--into" });
    await replaceFile(into, await drawTopologyAsSvg(path, drawing));
  }
  return 0;
}

/** Whether a file holds a drawing of this command. */
async function isOwnSvg(file: string): Promise<boolean> {
  const { topologyOfSvg } = await import("../../topologies/draw-topology.ts");
  const stats = await stat(file).catch(() => null);
  if (stats?.isFile() !== true) return false;
  return topologyOfSvg(await readFile(file, "utf8")) !== null;
}

/** Draws anew what a Markdown file or an SVG holds. */
async function drawAnew(file: string, drawing: DrawOptions): Promise<void> {
  const { topologyOfSvg } = await import("../../topologies/draw-topology.ts");
  const { withDrawings } = await import("../../topologies/with-drawings.ts");
  expectRegularFile(file);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new FellowshipError("bad_usage", `Can't read ${file}.`, { cause });
  });
  if (file.endsWith(".svg") && topologyOfSvg(text) === null) {
    throw badUsage(`${file} was not drawn by this command, so no topology is known for it.`);
  }
  await replaceFile(file, await withDrawings(text, drawing));
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}\n${usage}`);
}

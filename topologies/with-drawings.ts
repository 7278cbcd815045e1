import { FellowshipError } from "../state/fellowship-error.ts";
import {
  drawTopology,
  drawTopologyAsSvg,
  topologyOfSvg,
  type DrawOptions,
} from "./draw-topology.ts";
import { isCodePath } from "../user-code/load-code.ts";

const block = /<!-- drawing: (\S+) -->\n[\s\S]*?<!-- \/drawing -->/g;

/**
 * A Markdown text with its drawings made anew: between `<!-- drawing: TOPOLOGY -->` and
 * `<!-- /drawing -->` is the graph of that topology, drawn from the graph itself. An SVG that was
 * drawn from a topology is drawn from it again.
 *
 * @throws FellowshipError `bad_usage` for code that the text names, unless `allowCode` is set:
 *   a text may name code that its reader has not chosen.
 */
export async function withDrawings(text: string, options: DrawOptions = {}): Promise<string> {
  const topology = topologyOfSvg(text);
  if (topology !== null) {
    refuseCode(topology, options);
    return drawTopologyAsSvg(topology, options);
  }
  const drawn = new Map<string, string>();
  for (const [, path = ""] of text.matchAll(block)) {
    refuseCode(path, options);
    drawn.set(path, await drawTopology(path, options));
  }
  return text.replace(
    block,
    (_, path: string) =>
      `<!-- drawing: ${path} -->\n\`\`\`mermaid\n${drawn.get(path) ?? ""}\n\`\`\`\n<!-- ` +
      "/drawing -->",
  );
}

function refuseCode(path: string, { allowCode }: DrawOptions): void {
  if (allowCode === true || !isCodePath(path)) return;
  throw new FellowshipError(
    "bad_usage",
    `The drawing of ${path}: this is code, which runs with all your rights. Read it, and ` +
      "give --allow-code if it may run.",
    { facts: { path } },
  );
}

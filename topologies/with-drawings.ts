import { drawTopology, drawTopologyAsSvg, topologyOfSvg } from "./draw-topology.ts";

const block = /<!-- drawing: (\S+) -->\n[\s\S]*?<!-- \/drawing -->/g;

/**
 * A Markdown text with its drawings made anew: between `<!-- drawing: TOPOLOGY -->` and `<!-- /drawing -->` stands the graph of that
 * topology, drawn from the graph itself. An SVG that was drawn from a topology is drawn from it again.
 */
export async function withDrawings(text: string): Promise<string> {
  const topology = topologyOfSvg(text);
  if (topology !== null) return drawTopologyAsSvg(topology);
  const drawn = new Map<string, string>();
  for (const [, path = ""] of text.matchAll(block)) drawn.set(path, await drawTopology(path));
  return text.replace(
    block,
    (_, path: string) =>
      `<!-- drawing: ${path} -->\n\`\`\`mermaid\n${drawn.get(path) ?? ""}\n\`\`\`\n<!-- /drawing -->`,
  );
}

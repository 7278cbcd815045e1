import { END, START } from "@langchain/langgraph";
import type { Graph, Subgraph } from "@viz-js/viz";

type DrawnEdge = {
  readonly source: string;
  readonly target: string;
  readonly data?: string | undefined;
  readonly conditional?: boolean | undefined;
};

/** What of a compiled graph is needed to draw it with its subgraphs opened. */
type Drawable = {
  getGraphAsync(options: { xray: true }): Promise<{
    readonly nodes: Readonly<Record<string, unknown>>;
    readonly edges: readonly DrawnEdge[];
  }>;
};

/**
 * A graph as SVG, from the graph itself, with its subgraphs as boxes: laid out by Graphviz inside
 * this process, so that it needs neither a network nor a browser. Dashed edges are conditional. The
 * same graph gives the same bytes.
 *
 * @param attributes Put on the svg element.
 */
export async function drawGraphAsSvg(
  graph: Drawable,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { nodes, edges } = await graph.getGraphAsync({ xray: true });
  // Loaded here, since only this needs its WebAssembly.
  const graphviz = await (await import("@viz-js/viz")).instance();
  const svg = graphviz.renderString(layoutOf(Object.keys(nodes), edges), { format: "svg" });
  const given = Object.entries({ class: "topology-drawing", role: "img", ...attributes })
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
  return svg
    .slice(svg.indexOf("<svg"))
    .replaceAll(/<!--[\s\S]*?-->\n/g, "")
    .replaceAll(edgeTitle, (_, group: string, index: string) => {
      const { source, target } = edges[Number(index)]!;
      return `${group}<title>${escapeXml(`${source} → ${target}`)}</title>`;
    })
    .replace(/^<svg([^>]*)>/, (_, own: string) => `<svg${own}${given}>\n<style>${style}</style>`);
}

/** The text of an attribute of the svg element, or null where it has none by that name. */
export function svgAttribute(svg: string, name: string): string | null {
  const tag = /^<svg[^>]*>/.exec(svg)?.[0] ?? "";
  const value = tag.split(` ${name}="`)[1]?.split('"')[0];
  return value === undefined ? null : unescapeXml(value);
}

/** What Graphviz calls an edge, which is the wrong way round where it was laid out so. */
const edgeTitle = /(<g id="edge_(\d+)" class="edge">\n)<title>[\s\S]*?<\/title>/g;

/**
 * Light ink on dark paper where the reader prefers that; the paper is part of the drawing, so that
 * it is legible on any page.
 */
const style = `
.topology-drawing text { font-family: Helvetica, Arial, sans-serif; fill: #1f2328; }
.topology-drawing .graph > polygon { fill: #ffffff; }
.topology-drawing .cluster > path { fill: #f6f8fa; stroke: #8c959f; }
.topology-drawing .node > path { fill: #ddf4ff; stroke: #0969da; }
.topology-drawing .node.terminal > path { fill: #eaeef2; stroke: #59636e; }
.topology-drawing .edge > path { stroke: #59636e; }
.topology-drawing .edge > polygon { fill: #59636e; stroke: #59636e; }
@media (prefers-color-scheme: dark) {
.topology-drawing text { fill: #f0f6fc; }
.topology-drawing .graph > polygon { fill: #0d1117; }
.topology-drawing .cluster > path { fill: #151b23; stroke: #656c76; }
.topology-drawing .node > path { fill: #10253f; stroke: #4493f8; }
.topology-drawing .node.terminal > path { fill: #2a313c; stroke: #9198a1; }
.topology-drawing .edge > path { stroke: #9198a1; }
.topology-drawing .edge > polygon { fill: #9198a1; stroke: #9198a1; }
}
`;

function layoutOf(ids: readonly string[], edges: readonly DrawnEdge[]): Graph {
  const leadsBack = createLeadsBack(edges);
  return {
    directed: true,
    graphAttributes: { nodesep: 0.3, ranksep: 0.4, pad: 0.15 },
    nodeAttributes: {
      shape: "box",
      style: "rounded",
      fontname: "Helvetica",
      fontsize: 12,
      width: 1.3,
      height: 0.4,
      margin: "0.2,0.08",
    },
    edgeAttributes: { arrowsize: 0.7, fontname: "Helvetica", fontsize: 11 },
    nodes: ids.map((id) => {
      const name = id.split(":").at(-1) ?? id;
      const isTerminal = name === START || name === END;
      return isTerminal
        ? {
            name: id,
            attributes: { label: name === START ? "start" : "end", class: "terminal", width: 0.7 },
          }
        : { name: id, attributes: { label: plain(name) } };
    }),
    edges: edges.map((edge, index) => {
      const { source, target, conditional, data } = edge;
      const attributes = {
        id: `edge_${index}`,
        style: conditional === true ? "dashed" : "solid",
        ...(data === undefined ? {} : { label: plain(data) }),
      };
      return leadsBack(edge)
        ? { tail: target, head: source, attributes: { ...attributes, dir: "back" } }
        : { tail: source, head: target, attributes };
    }),
    subgraphs: boxesIn("", ids),
  };
}

/** The subgraphs of one level: LangGraph names the nodes of a subgraph `SUBGRAPH:NODE`. */
function boxesIn(prefix: string, ids: readonly string[]): Subgraph[] {
  const inner = ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
  const names = new Set(inner.filter((id) => id.includes(":")).map((id) => id.split(":")[0] ?? ""));
  return [...names].map((name) => ({
    name: `cluster_${prefix}${name}`,
    graphAttributes: {
      label: plain(name),
      style: "rounded",
      labeljust: "l",
      fontname: "Helvetica",
      fontsize: 11,
      margin: 16,
    },
    nodes: ids.filter((id) => id.startsWith(`${prefix}${name}:`)).map((id) => ({ name: id })),
    subgraphs: boxesIn(`${prefix}${name}:`, ids),
  }));
}

/**
 * Which edges lead back towards the start. They are laid out the other way round, so that the
 * drawing runs from the start down: of themselves, Graphviz and its like break a loop anywhere.
 */
function createLeadsBack(edges: readonly DrawnEdge[]): (edge: DrawnEdge) => boolean {
  const distance = new Map<string, number>([[START, 0]]);
  // A map gives out what is added to it while it is read, in that order.
  for (const [id, steps] of distance) {
    for (const { source, target } of edges) {
      if (source === id && !distance.has(target)) distance.set(target, steps + 1);
    }
  }
  const from = (id: string) => distance.get(id) ?? 0;
  return ({ source, target }) => target !== END && from(target) < from(source);
}

/** A label that means what it says: Graphviz reads backslashes and entities. */
function plain(label: string): string {
  return label.replaceAll("\\", "\\\\").replaceAll("&", "&amp;");
}

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" } as const;

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (sign) => entities[sign as keyof typeof entities]);
}

function unescapeXml(text: string): string {
  const signs = Object.entries(entities).toReversed();
  return signs.reduce((left, [sign, entity]) => left.replaceAll(entity, sign), text);
}

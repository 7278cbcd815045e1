/** What of a compiled graph is needed to draw it. */
type Drawable = {
  getGraphAsync(): Promise<{
    /** A graph in code may be anything with this method, so that neither can be relied on. */
    readonly nodes?: Readonly<Record<string, unknown>>;
    readonly edges?: readonly {
      readonly source: string;
      readonly target: string;
      readonly data?: string | undefined;
      readonly conditional?: boolean | undefined;
    }[];
  }>;
};

/**
 * A graph as Mermaid, from the graph itself. A node bears its name, or, where Mermaid would not
 * take that or two would look alike, an id of its own with the name as its label.
 */
export async function drawGraph(graph: Drawable): Promise<string> {
  const { nodes = {}, edges = [] } = await graph.getGraphAsync();
  const names = Object.keys(nodes);
  const ids = idsOf(names);
  const idOf = (name: string) => ids.get(name) ?? name;
  const labels = names
    .filter((name) => idOf(name) !== name)
    .map((name) => `\t${idOf(name)}["${plain(name)}"];`);
  const arrows = edges.map(({ source, target, data, conditional }) => {
    const arrow = conditional === true ? "-.->" : "-->";
    const label = data === undefined ? "" : `|"${plain(data)}"|`;
    return `\t${idOf(source)} ${arrow}${label} ${idOf(target)};`;
  });
  return ["graph TD;", ...labels, ...arrows].join("\n");
}

/** What Mermaid takes for itself where a name is it, or begins with it and a hyphen. */
const reserved =
  /^(?:graph|flowchart|subgraph|end|style|linkStyle|class|classDef|click|call|href|default|interpolate|direction|_self|_blank|_parent|_top)(?:-|$)/;

const safe = /^[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*$/;

/**
 * An id for each name, no two alike. A name that is safe is its own, whatever the others are made
 * into.
 */
function idsOf(names: readonly string[]): ReadonlyMap<string, string> {
  const isOwn = (name: string) => safe.test(name) && !reserved.test(name);
  const ids = new Map(names.filter(isOwn).map((name) => [name, name]));
  const taken = new Set(ids.keys());
  for (const name of names.filter((one) => !isOwn(one))) {
    const id = name.replaceAll(/[^A-Za-z0-9_-]/g, "_").replaceAll(/^-|-(?![A-Za-z0-9_])/g, "_");
    const first = reserved.test(id) ? `node_${id}` : id;
    let free = first;
    for (let count = 2; taken.has(free); count += 1) free = `${first}_${count}`;
    taken.add(free);
    ids.set(name, free);
  }
  return ids;
}

/**
 * A text that means what it says between quotation marks: Mermaid reads entities, HTML and
 * Markdown.
 */
function plain(text: string): string {
  return text
    .replaceAll(/[#"&<>`]/g, (sign) => `#${sign.codePointAt(0)};`)
    .replaceAll(/\p{Cc}+/gu, " ");
}

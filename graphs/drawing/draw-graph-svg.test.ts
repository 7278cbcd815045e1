import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { juryOn, loopOn } from "../../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { drawGraphAsSvg, svgAttribute } from "./draw-graph-svg.ts";

const gate = createRecordingGate({});
const State = new StateSchema({ text: z.string() });
const idle = () => ({});

/** What a drawing shows: the names of nodes, edges and boxes, and which edges are dashed. */
function shownIn(svg: string) {
  const groups = [
    ...svg.matchAll(/<g id="\S+" class="(\w+)[^"]*">\n<title>([^<]*)<\/title>\n(.*)/g),
  ];
  const of = (kind: string) => groups.filter(([, group]) => group === kind);
  const dashed = of("edge").filter(([, , , shape = ""]) => shape.includes("stroke-dasharray"));
  const titles = (found: RegExpExecArray[]) =>
    found.map(([, , title = ""]) => title.replaceAll("&#45;", "-")).sort();
  return {
    nodes: titles(of("node")),
    edges: titles(of("edge")),
    dashed: titles(dashed),
    boxes: titles(of("cluster")),
  };
}

describe("the SVG of a graph", () => {
  it("shows the nodes and edges of the graph and of its subgraphs, a box for each subgraph", async () => {
    const graph = loopOn(gate, { evaluator: juryOn(gate, ["gemma", "llama"]) });
    const { nodes, edges } = await graph.getGraphAsync({ xray: true });
    const shown = shownIn(await drawGraphAsSvg(graph));
    expect(shown.nodes).toEqual(Object.keys(nodes).sort());
    expect(shown.nodes).toContain("evaluator:juror.gemma");
    expect(shown.boxes).toEqual(["cluster_evaluator"]);
    expect(shown.edges).toEqual(edges.map(({ source, target }) => `${source} → ${target}`).sort());
  });

  it("has its conditional edges dashed, and no others", async () => {
    const shown = shownIn(await drawGraphAsSvg(loopOn(gate)));
    expect(shown.dashed).toEqual([
      "choose → __end__",
      "choose → reviewer",
      "collect-reviews → __end__",
      "collect-reviews → generator",
      "generator → __end__",
      "generator → challenge",
      "generator → reviewer",
    ]);
    expect(shown.edges).toHaveLength(shown.dashed.length + 5);
  });

  it("runs from the start down, whatever leads back", async () => {
    const svg = await drawGraphAsSvg(loopOn(gate, { evaluator: juryOn(gate, ["a", "b"]) }));
    const heightOf = (name: string) =>
      Number(new RegExp(`<title>${name}</title>\\n.*\\n<text .* y="([-\\d.]+)"`).exec(svg)?.[1]);
    const way = ["__start__", "generator", "challenge", "evaluator:__start__"];
    const down = [...way, "evaluator:conclude", "choose", "__end__"].map(heightOf);
    expect(down).toEqual(down.toSorted((one, other) => one - other));
  });

  it("opens subgraphs within subgraphs", async () => {
    const chain = (name: string, inner: Parameters<ReturnType<typeof bare>["addNode"]>[1]) =>
      bare()
        .addNode("before", idle)
        .addNode(name, inner)
        .addEdge(START, "before")
        .addEdge("before", name as "before")
        .addEdge(name as "before", END)
        .compile();
    const bare = () => new StateGraph(State);
    const shown = shownIn(
      await drawGraphAsSvg(chain("outer", chain("inner", chain("last", idle)))),
    );
    expect(shown.boxes).toEqual(["cluster_outer", "cluster_outer:inner"]);
    expect(shown.nodes).toContain("outer:inner:last");
  });

  it("shows names as they are, and none becomes markup", async () => {
    const hostile = `<script>alert("&amp;\\N")</script>`;
    const graph = new StateGraph(State)
      .addNode(hostile, idle)
      .addEdge(START, hostile)
      .addEdge(hostile, END)
      .compile();
    const svg = await drawGraphAsSvg(graph, { "aria-label": hostile });
    expect(svg).not.toContain("<script");
    const text = /<title>&lt;script[\s\S]*?<text [^>]*>([^<]*)<\/text>/.exec(svg)?.[1] ?? "";
    const signs = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
    expect(text.replaceAll(/&\w+;/g, (entity) => signs[entity as keyof typeof signs])).toBe(
      hostile,
    );
    expect(svgAttribute(svg, "aria-label")).toBe(hostile);
    expect(svgAttribute(svg, "absent")).toBeNull();
  });

  it("is the same each time, refers to nothing outside, and knows light and dark", async () => {
    const [first, second] = [
      await drawGraphAsSvg(loopOn(gate)),
      await drawGraphAsSvg(loopOn(gate)),
    ];
    expect(second).toBe(first);
    expect(first.replaceAll(/ xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/href|url\(|@import|:\/\//);
    expect(first).toContain("prefers-color-scheme: dark");
    expect(first).not.toContain("<!--");
  });
});

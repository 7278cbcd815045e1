import type { TopLevelSpec } from "vega-lite";
import type { DrawnFigure, Figure } from "./figure.ts";
import type { PlotSpec } from "./plot-specs.ts";

const text = { labelColor: "var(--ink)", titleColor: "var(--soft)", labelFontSize: 13 };

const plotConfig = {
  aria: false,
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  text: { color: "var(--ink)", fontSize: 13 },
  axis: {
    ...text,
    titleFontSize: 13,
    titleFontWeight: "normal",
    labelPadding: 6,
    gridColor: "var(--grid)",
    domainColor: "var(--line)",
    tickColor: "var(--line)",
  },
  legend: { ...text, symbolType: "square" },
};

/** The figures with their plots, which take a second; without them where `plots` is false. */
export async function drawFigures(
  figures: readonly Figure[],
  { plots }: { readonly plots: boolean },
): Promise<DrawnFigure[]> {
  const drawings = plots ? await drawPlots(figures.map(({ spec }) => spec)) : [];
  return figures.map((figure, place) => ({ ...figure, svg: drawings[place] ?? null }));
}

/** Draws plots as SVG, in this process and without a browser. */
async function drawPlots(specs: readonly PlotSpec[]): Promise<string[]> {
  if (specs.length === 0) return [];
  // Loaded here, since only this needs them.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  // It warns of every plot that fits its width alone.
  const logger = vega.logger(vega.Error);
  const drawings: string[] = [];
  for (const spec of specs) {
    const whole = { ...spec, config: plotConfig } as unknown as TopLevelSpec;
    const { spec: compiled } = compile(whole, { logger });
    const view = new vega.View(vega.parse(compiled), { renderer: "none" });
    drawings.push(withoutRoles(await view.toSVG()));
    view.finalize();
  }
  return drawings;
}

/** Without the roles of its marks: the page gives the whole plot one, and the numbers as a table. */
function withoutRoles(svg: string): string {
  const roles = / (?:role|aria-roledescription)="[^"]*"/g;
  return svg.replaceAll(/<[a-z]+ [^>]*>/g, (tag) => tag.replaceAll(roles, ""));
}

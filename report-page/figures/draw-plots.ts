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

/** Limits are pixels; `mostStep` is the widest cell of a matrix, `width` null that of the spec. */
type Format = {
  readonly width: number | null;
  readonly mostStep: number;
  readonly labelLimit: number;
  readonly topLabelLimit: number;
};
const wideFormat: Format = { width: null, mostStep: 240, labelLimit: 300, topLabelLimit: 230 };
/** For phones, from 360 pixels on; texts are a little smaller than on wide screens. */
const narrowFormat: Format = { width: 325, mostStep: 64, labelLimit: 205, topLabelLimit: 60 };

/** The figures with their plots, which take a second; without them where `plots` is false. */
export async function drawFigures(
  figures: readonly Figure[],
  { plots }: { readonly plots: boolean },
): Promise<DrawnFigure[]> {
  const specs = figures.map(({ spec }) => spec);
  const wide = plots ? await drawPlots(specs, wideFormat) : [];
  const narrow = plots ? await drawPlots(specs, narrowFormat) : [];
  return figures.map((figure, place) => {
    const [svg, narrowSvg] = [wide[place], narrow[place]];
    const drawn = svg !== undefined && narrowSvg !== undefined;
    return { ...figure, drawing: drawn ? { wide: svg, narrow: narrowSvg } : null };
  });
}

/** Draws plots as SVG, in this process and without a browser. */
async function drawPlots(specs: readonly PlotSpec[], format: Format): Promise<string[]> {
  if (specs.length === 0) return [];
  // Loaded here, since only this needs them.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  // It warns of every plot that fits its width alone.
  const logger = vega.logger(vega.Error);
  const drawings: string[] = [];
  for (const spec of specs) {
    const whole = formatted(spec, format) as unknown as TopLevelSpec;
    const { spec: compiled } = compile(whole, { logger });
    const view = new vega.View(vega.parse(compiled), { renderer: "none" });
    drawings.push(withoutRoles(await view.toSVG()));
    view.finalize();
  }
  return drawings;
}

function formatted(spec: PlotSpec, { width, mostStep, labelLimit, topLabelLimit }: Format) {
  const { width: own } = spec;
  const isStep = typeof own === "object" && own !== null && "step" in own;
  const config = {
    ...plotConfig,
    ...(width === null ? {} : { axis: { ...plotConfig.axis, labelFontSize: 11 } }),
    axisLeft: { labelLimit },
    axisTop: { labelLimit: topLabelLimit },
  };
  if (isStep) return { ...spec, width: { step: Math.min(Number(own.step), mostStep) }, config };
  return { ...spec, width: width ?? own, config };
}

/** Without the roles of its marks: the page gives the whole plot one, and the numbers as a table. */
function withoutRoles(svg: string): string {
  const roles = / (?:role|aria-roledescription)="[^"]*"/g;
  return svg.replaceAll(/<[a-z]+ [^>]*>/g, (tag) => tag.replaceAll(roles, ""));
}

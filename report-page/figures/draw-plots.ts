import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Vega from "vega";
import type { compile, TopLevelSpec } from "vega-lite";
import type { DrawnFigure, Figure } from "./figure.ts";
import type { PlotSpec } from "./plot-specs.ts";

const text = { labelColor: "var(--ink)", titleColor: "var(--soft)", labelFontSize: 13 };

/** A parameter of the format, which changes between two drawings of a plot. */
const ofFormat = (name: keyof Format["signals"]) => ({ expr: name });

const plotConfig = {
  aria: false,
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  text: { color: "var(--ink)", fontSize: 13 },
  axis: {
    ...text,
    labelFontSize: ofFormat("labelSize"),
    titleFontSize: 13,
    titleFontWeight: "normal",
    labelPadding: 6,
    gridColor: "var(--grid)",
    domainColor: "var(--line)",
    tickColor: "var(--line)",
  },
  axisLeft: { labelLimit: ofFormat("leftLimit") },
  axisTop: { labelLimit: ofFormat("topLimit") },
  legend: { ...text, symbolType: "square" },
};

/** Sizes and limits are pixels; `mostStep` is the widest cell of a matrix. */
type Format = {
  readonly mostStep: number;
  /** Sizes and longest lengths of labels at axes. */
  readonly signals: {
    readonly labelSize: number;
    readonly leftLimit: number;
    readonly topLimit: number;
  };
};
const wideFormat: Format = {
  mostStep: 240,
  signals: { labelSize: 13, leftLimit: 300, topLimit: 230 },
};
/** For phones, from 360 pixels on; texts are a little smaller than on wide screens. */
const narrowFormat: Format & { readonly width: number } = {
  width: 325,
  mostStep: 64,
  signals: { labelSize: 11, leftLimit: 205, topLimit: 60 },
};

/** The figures with their plots, which take a moment; without them where `plots` is false. */
export async function drawFigures(
  figures: readonly Figure[],
  { plots }: { readonly plots: boolean },
): Promise<DrawnFigure[]> {
  if (!plots || figures.length === 0)
    return figures.map((figure) => ({ ...figure, drawing: null }));
  const libraries = await loadLibraries();
  const drawn: DrawnFigure[] = [];
  for (const figure of figures) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, in the same process
    drawn.push({ ...figure, drawing: await drawPlot(figure.spec, libraries) });
  }
  return drawn;
}

type Libraries = {
  readonly vega: typeof Vega;
  readonly vegaLite: { readonly compile: typeof compile };
};

/**
 * Loaded only where there are plots, and as the builds for browsers: one file each in place of some
 * three hundred, which takes a third of the time. Each puts its library into the global object,
 * where Vega-Lite looks for Vega.
 */
async function loadLibraries(): Promise<Libraries> {
  const { resolve } = createRequire(import.meta.url);
  for (const name of ["vega", "vega-lite"]) {
    // oxlint-disable-next-line no-await-in-loop -- the second needs the first
    await import(pathToFileURL(join(dirname(resolve(name)), `${name}.min.js`)).href);
  }
  return globalThis as unknown as Libraries;
}

/**
 * Draws a plot as SVG, in this process and without a browser: for wide screens, and the same view
 * again for narrow ones.
 */
async function drawPlot(
  spec: PlotSpec,
  { vega, vegaLite }: Libraries,
): Promise<NonNullable<DrawnFigure["drawing"]>> {
  // It warns of every plot that fits its width alone.
  const logger = vega.logger(vega.Error);
  const { spec: compiled } = vegaLite.compile(wholeSpec(spec), { logger });
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  const wide = withoutRoles(await view.toSVG());
  setNarrow(view, stepOf(spec));
  const narrow = withoutRoles(await (await view.runAsync()).toSVG());
  view.finalize();
  return { wide, narrow };
}

/** The spec in the wide format, as Vega-Lite takes it. */
function wholeSpec(spec: PlotSpec): TopLevelSpec {
  const { mostStep, signals } = wideFormat;
  const step = stepOf(spec);
  const params = Object.entries(signals).map(([name, value]) => ({ name, value }));
  const width = step === null ? {} : { width: { step: Math.min(step, mostStep) } };
  return { ...spec, ...width, params, config: plotConfig } as unknown as TopLevelSpec;
}

function setNarrow(view: Vega.View, step: number | null): void {
  const { width, mostStep, signals } = narrowFormat;
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  if (step === null) view.width(width);
  // Vega-Lite's name for it.
  else view.signal("x_step", Math.min(step, mostStep));
}

/** The width of a matrix's cells; null for a plot whose whole width is given. */
function stepOf({ width }: PlotSpec): number | null {
  const isStep = typeof width === "object" && width !== null && "step" in width;
  return isStep ? Number(width.step) : null;
}

/** Without the roles of its marks: the page gives the whole plot one, and the numbers as a table. */
function withoutRoles(svg: string): string {
  const roles = / (?:role|aria-roledescription)="[^"]*"/g;
  return svg.replaceAll(/<[a-z]+ [^>]*>/g, (tag) => tag.replaceAll(roles, ""));
}

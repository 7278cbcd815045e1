import { describe, expect, it } from "vitest";
import { drawFigures } from "./draw-plots.ts";
import type { Figure } from "./figure.ts";
import { barPlot, matrixPlot, rangePlot, timePlot, type PlotSpec } from "./plot-specs.ts";

const longName = "a model whose name is as long as names of models are";
const specs: Readonly<Record<string, PlotSpec>> = {
  bars: barPlot([{ name: longName, value: 3, label: "three" }], { title: "rows" }),
  ranges: rangePlot([{ name: longName, value: 0.4, low: 0.2, high: 0.6 }], { title: "kappa" }),
  times: timePlot([{ name: "1 s", done: 2, failed: 1, waited: 3 }], {
    hasFailures: true,
    hasWaits: true,
  }),
  matrix: matrixPlot([{ row: "a", column: longName, share: 0.5, label: "7" }], {
    rows: "people",
    columns: "judge",
  }),
};

function figureOf(spec: PlotSpec): Figure {
  return { id: "f", title: "t", explanation: "e", spec, table: { head: [], rows: [] } };
}

async function draw(names: readonly string[]) {
  const figures = names.map((name) => figureOf(specs[name] ?? {}));
  return (await drawFigures(figures, { plots: true })).map(({ drawing }) => drawing);
}

const widthOf = (svg = "") => Number(/ width="(\d+)"/.exec(svg)?.[1]);

describe("a drawn plot", () => {
  it.each(Object.keys(specs))("fits wide and narrow screens: %s", async (name) => {
    const [drawing] = await draw([name]);
    expect(widthOf(drawing?.wide)).toBeLessThanOrEqual(560);
    expect(widthOf(drawing?.narrow)).toBeLessThanOrEqual(325);
    expect(drawing?.wide).toContain('font-size="13px"');
    expect(drawing?.narrow).toContain('font-size="11px"');
  });

  it("shows more of a long name where there is more room", async () => {
    const shown = (svg = "") =>
      Math.max(...[...svg.matchAll(/a model [^<]*/g)].map(String).map((s) => s.length));
    for (const drawing of await draw(["bars", "matrix"])) {
      expect(shown(drawing?.wide)).toBeGreaterThan(shown(drawing?.narrow));
    }
  });

  it("is the same whatever was drawn before it", async () => {
    const names = Object.keys(specs);
    const [alone] = await draw(["ranges"]);
    const after = await draw([...names, "ranges"]);
    expect(after.at(-1)).toEqual(alone);
    expect(after[names.indexOf("ranges")]).toEqual(alone);
  });

  it("is left out where no plots are asked for", async () => {
    const [figure] = await drawFigures([figureOf(specs["bars"] ?? {})], { plots: false });
    expect(figure?.drawing).toBeNull();
  });
});

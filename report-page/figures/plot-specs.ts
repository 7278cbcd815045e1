/**
 * Plots in Vega-Lite. Their colours are properties of the page's style sheet, so a plot follows its
 * light and dark. Texts of a run are values of data, never names of fields or expressions.
 */
export type PlotSpec = Readonly<Record<string, unknown>>;

/** Colour of a series: 1 to 5, told apart with any colour vision, and by lightness in print. */
export type SeriesColour = 1 | 2 | 3 | 4 | 5;

const colour = (series: SeriesColour) => `var(--series-${series})`;
/** Of a plot with its labels: wider ones would be shrunk, their texts too. */
const width = 560;
const step = 30;

/** Shared by all plots; see `plotConfig`. */
function plot(values: readonly object[], rest: PlotSpec): PlotSpec {
  return { data: { values }, width, autosize: { type: "fit-x", contains: "padding" }, ...rest };
}

const names = (title: string | null) => ({
  field: "name",
  type: "nominal",
  sort: null,
  title,
  axis: { grid: false, ticks: false, domain: false },
});

const numbers = (field: string, title: string, domain?: readonly [number, number]) => ({
  field,
  type: "quantitative",
  title,
  scale: domain === undefined ? { zero: true } : { domain, clamp: true },
});

/** A bar for each name, with its number at the end. */
export function barPlot(
  values: readonly { readonly name: string; readonly value: number; readonly label: string }[],
  { title, of = null }: { readonly title: string; readonly of?: string | null },
): PlotSpec {
  const encoding = { y: names(of), x: numbers("value", title) };
  return plot(values, {
    height: { step },
    layer: [
      { mark: { type: "bar", color: colour(1) }, encoding },
      {
        mark: { type: "text", align: "left", dx: 4 },
        encoding: { ...encoding, text: { field: "label", type: "nominal" } },
      },
    ],
  });
}

/** Bars of parts, stacked in the order given, with a legend. */
export function stackedPlot(
  values: readonly { readonly name: string; readonly part: string; readonly value: number }[],
  {
    title,
    parts,
    of = null,
  }: {
    readonly title: string;
    readonly parts: readonly { readonly name: string; readonly colour: SeriesColour }[];
    readonly of?: string | null;
  },
): PlotSpec {
  const order = parts.map(({ name }) => name);
  return plot(
    values.map((value) => ({ ...value, place: order.indexOf(value.part) })),
    {
      height: { step },
      mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 1 },
      encoding: {
        y: names(of),
        x: numbers("value", title),
        order: { field: "place", type: "quantitative" },
        color: {
          field: "part",
          type: "nominal",
          title: null,
          scale: { domain: order, range: parts.map((part) => colour(part.colour)) },
          legend: { orient: "top" },
        },
      },
    },
  );
}

/** A figure with its interval, for a plot. */
export type Ranged = {
  readonly name: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
};

/** A point for each figure with its 95 % interval, and a dashed line to compare them with. */
export function rangePlot(
  values: readonly Ranged[],
  {
    title,
    domain,
    reference,
  }: {
    readonly title: string;
    readonly domain?: readonly [number, number];
    /** Where the dashed line is. */
    readonly reference?: number;
  },
): PlotSpec {
  const x = numbers("value", title, domain);
  const line =
    reference === undefined
      ? []
      : [
          {
            data: { values: [{ reference }] },
            mark: { type: "rule", strokeDash: [4, 4], color: "var(--soft)" },
            encoding: { x: { field: "reference", type: "quantitative", title } },
          },
        ];
  return plot(values, {
    height: { step },
    layer: [
      ...line,
      {
        transform: [{ filter: "datum.low !== null" }],
        mark: { type: "rule", strokeWidth: 2, color: colour(1) },
        encoding: {
          y: names(null),
          x: { ...x, field: "low" },
          x2: { field: "high" },
        },
      },
      {
        mark: { type: "point", filled: true, size: 80, color: colour(1), opacity: 1 },
        encoding: { y: names(null), x },
      },
    ],
  });
}

/** Columns over numbers in their order: a histogram whose bins are counted already. */
export function columnPlot(
  values: readonly { readonly name: string; readonly value: number }[],
  { title, of }: { readonly title: string; readonly of: string },
): PlotSpec {
  return plot(values, {
    height: 180,
    mark: { type: "bar", color: colour(1) },
    encoding: {
      x: { field: "name", type: "ordinal", sort: null, title: of, axis: { labelAngle: 0 } },
      y: numbers("value", title),
    },
  });
}

/** Columns of finished and failed rows over time, and a line of the seconds that calls waited. */
export function timePlot(
  values: readonly {
    readonly name: string;
    readonly done: number;
    readonly failed: number;
    readonly waited: number;
  }[],
  { hasFailures, hasWaits }: { readonly hasFailures: boolean; readonly hasWaits: boolean },
): PlotSpec {
  const x = {
    field: "name",
    type: "ordinal",
    sort: null,
    title: "time from the start",
    axis: { labelAngle: 0, labelOverlap: "greedy" },
  };
  const parts = hasFailures ? ["done", "failed"] : ["done"];
  const columns = {
    data: {
      values: values.flatMap(({ name, ...of }) =>
        parts.map((part, place) => ({
          name,
          part,
          place,
          value: part === "failed" ? of.failed : of.done,
        })),
      ),
    },
    mark: { type: "bar", stroke: "var(--paper)", strokeWidth: 1 },
    encoding: {
      x,
      y: { ...numbers("value", "rows"), stack: "zero" },
      order: { field: "place", type: "quantitative" },
      color: {
        field: "part",
        type: "nominal",
        title: null,
        scale: { domain: parts, range: [colour(1), colour(2)].slice(0, parts.length) },
        legend: hasFailures ? { orient: "top" } : null,
      },
    },
  };
  const line = {
    mark: { type: "line", point: { color: colour(3) }, color: colour(3), strokeWidth: 2 },
    encoding: { x, y: numbers("waited", "seconds waited") },
  };
  return plot(values, {
    height: 180,
    layer: hasWaits ? [columns, line] : [columns],
    resolve: { scale: { y: "independent" } },
  });
}

/** Points with intervals over numbers in their order, with a line through them. */
export function linePlot(
  values: readonly Ranged[],
  {
    title,
    of,
    domain,
  }: { readonly title: string; readonly of: string; readonly domain?: readonly [number, number] },
): PlotSpec {
  const x = { field: "name", type: "ordinal", sort: null, title: of, axis: { labelAngle: 0 } };
  const y = numbers("value", title, domain);
  return plot(values, {
    height: 180,
    layer: [
      {
        transform: [{ filter: "datum.low !== null" }],
        mark: { type: "rule", strokeWidth: 2, color: colour(1) },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
      },
      { mark: { type: "line", color: colour(1) }, encoding: { x, y } },
      {
        mark: { type: "point", filled: true, size: 70, color: colour(1), opacity: 1 },
        encoding: { x, y },
      },
    ],
  });
}

/** A square of cells, darker for more, each with its number. */
export function matrixPlot(
  cells: readonly {
    readonly row: string;
    readonly column: string;
    /** From 0 to 1. */
    readonly share: number;
    readonly label: string;
  }[],
  { rows, columns }: { readonly rows: string; readonly columns: string },
): PlotSpec {
  const encoding = {
    x: {
      field: "column",
      type: "nominal",
      sort: null,
      title: columns,
      axis: { orient: "top", labelAngle: 0, domain: false, ticks: false },
    },
    y: {
      field: "row",
      type: "nominal",
      sort: null,
      title: rows,
      axis: { domain: false, ticks: false },
    },
  };
  return {
    data: { values: cells },
    width: { step: Math.min(240, Math.max(96, ...cells.map(({ column }) => 10 * column.length))) },
    height: { step: 44 },
    layer: [
      {
        mark: { type: "rect", color: colour(1), stroke: "var(--line)" },
        encoding: {
          ...encoding,
          fillOpacity: {
            field: "share",
            type: "quantitative",
            scale: { domain: [0, 1], range: [0, 0.55] },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text" },
        encoding: { ...encoding, text: { field: "label", type: "nominal" } },
      },
    ],
  };
}

/** A table of numbers, as texts. */
export type FigureTable = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** A plot and the numbers behind it. */
export type Figure = {
  /** Names its element: lower-case words joined by hyphens. */
  readonly id: string;
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly explanation: string;
  /** Vega-Lite. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly table: FigureTable;
};

/** A figure with its plot as SVG, or null where no plots were asked for. */
export type DrawnFigure = Figure & { readonly svg: string | null };

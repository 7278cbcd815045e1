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

/** A figure with its plot as SVG, for screens and for phones; null where none were asked for. */
export type DrawnFigure = Figure & {
  readonly drawing: { readonly wide: string; readonly narrow: string } | null;
};

import { serveGraphs } from "./serve-graphs.ts";

/** The graphs that `langgraph.json` serves; written from the list of kinds by its test. */
export const { judge, jury, debate, checks, cascade, single, feedbackLoop, coevol, pool, chain } =
  serveGraphs();

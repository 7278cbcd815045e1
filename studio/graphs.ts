import { serveGraphs } from "./serve-graphs.ts";

/** The graphs that `langgraph.json` serves. `npm run schema` writes both from the list of kinds. */
export const { judge, jury, debate, single, feedbackLoop, coevol, chain } = serveGraphs();

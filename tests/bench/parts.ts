import { costs } from "./parts/costs.ts";
import { distilabel } from "./parts/distilabel.ts";
import { end } from "./parts/end.ts";
import { rates } from "./parts/rates.ts";
import { rows } from "./parts/rows.ts";
import { start } from "./parts/start.ts";
import { whole } from "./parts/whole.ts";
import type { Part } from "./part.ts";

/** All parts of the bench, in the order in which they are measured. */
export const parts: readonly Part[] = [costs, whole, start, distilabel, rates, end, rows];

import { axolotl } from "./axolotl.ts";
import { llamaFactory } from "./llama-factory.ts";
import { msSwift } from "./ms-swift.ts";
import { nemoRl } from "./nemo-rl.ts";
import { openrlhf } from "./openrlhf.ts";
import { trl } from "./trl.ts";

/** All that `fellowship export --to` takes. */
export const trainers = [trl, llamaFactory, axolotl, openrlhf, msSwift, nemoRl];

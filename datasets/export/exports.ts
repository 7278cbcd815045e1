import { dpo } from "./dpo.ts";
import { generatorDpo } from "./generator-dpo.ts";
import { generatorKto } from "./generator-kto.ts";
import { improvedPairs } from "./improved-pairs.ts";
import { kto } from "./kto.ts";
import { reviewerDpo } from "./reviewer-dpo.ts";
import { reviewerKto } from "./reviewer-kto.ts";
import { sft } from "./sft.ts";

/** What a generation writes, the most useful first. */
export const generationExports = [dpo, kto, sft];

/** What a feedback loop writes for its members. */
export const memberExports = [generatorDpo, generatorKto, reviewerDpo, reviewerKto];

/** What an evolution writes beside the improved data. */
export const evolutionExports = [improvedPairs];

import { conversationText } from "../../prompts/fence.ts";
import { openGenerator } from "../../topologies/open-topology.ts";
import { defineCommand } from "../engine/define-command.ts";
import { roughTokens } from "../forecast/forecast.ts";
import { createGenerationJob } from "./generation-job.ts";

/**
 * Responses by a generator topology over a file of prompts, judged, written as preference data.
 */
export const { run: generate, forecast: forecastGenerate } = defineCommand({
  open: openGenerator,
  sizesOf: ({ messages }) => ({ prompt: roughTokens(conversationText(messages)), response: null }),
  job: createGenerationJob,
});

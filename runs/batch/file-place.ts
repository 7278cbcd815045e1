import { join, relative } from "node:path";
import { chatCompletions } from "../../models/providers/openai.ts";
import type { BuiltAgent } from "../../topologies/session/build-session.ts";
import type { BatchFiles } from "../command-options.ts";
import type { BatchPlace } from "./batch-place.ts";
import { isBatched } from "./wave-files/batched-models.ts";
import { modelNames } from "./wave-files/wave-names.ts";

/** What OpenAI's service takes in one file; `vllm run-batch` takes any. */
const limits = { requests: 50_000, bytes: 200_000_000 };

/** Batches as files in OpenAI's format, which are answered somewhere else. */
export function createFilePlace(
  { folder, root }: BatchFiles,
  directory: string,
  agents: readonly BuiltAgent[],
): BatchPlace {
  const names = modelNames(agents.map(({ model }) => model).filter(isBatched));
  return {
    folder: join(folder, relative(root, directory)),
    names,
    takes: ({ spec, protocol }) => names.has(spec) && protocol === chatCompletions,
    lineOf: (id, body) =>
      JSON.stringify({ custom_id: id, method: "POST", url: "/v1/chat/completions", body }),
    limitsOf: () => limits,
  };
}

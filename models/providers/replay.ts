import type { InProcessProvider } from "./provider.ts";

/** Answers recorded earlier: `replay:FILE`. */
export const replay: InProcessProvider = {
  name: "replay",
  createInProcess: async (file) =>
    (await import("../in-process/replay-chat-model.ts")).createReplayChatModel(file),
};

import type { InProcessProvider } from "./provider.ts";

/** A seeded simulation: `sim:NAME?skill=0.8&…`. */
export const sim: InProcessProvider = {
  name: "sim",
  createInProcess: async (parameters) =>
    (await import("../simulation/sim-chat-model.ts")).createSimChatModel(parameters),
};

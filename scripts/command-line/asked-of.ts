import type { AskedMessages } from "../../report-page/rows/asked-messages.ts";

/** Finds what the calls of a run's rows were asked, for its report. */
export async function askedOf(directory: string): Promise<AskedMessages | null> {
  // Loaded here, since it holds the jobs of all commands.
  const { openAskedMessages } = await import("../../runs/replay/asked-messages.ts");
  return openAskedMessages(directory);
}

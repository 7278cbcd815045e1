import { createProgress, type Progress } from "../../runs/progress/progress.ts";

/** Progress of a quiet command whose standard error goes to a list, or nowhere. */
export function createSilentProgress(said: string[] = []): Progress {
  const write = (text: string) => said.push(text) > 0;
  return createProgress({ isTTY: false, write } as unknown as NodeJS.WriteStream, "quiet");
}

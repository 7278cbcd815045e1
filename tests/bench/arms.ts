import { tracedToo, type Arm } from "./arm.ts";

/** The calls that a row of each graph makes. */
const callsPerRow = {
  "feedback-loop": 7,
  single: 1,
  judge: 1,
  jury: 3,
  debate: 9,
  coevol: 8,
} as const;
export type GraphName = keyof typeof callsPerRow;
/** The presets that are compared with their plain twins. */
export const graphNames = Object.keys(callsPerRow) as GraphName[];

export const clientNames = ["undici", "openai", "ChatOpenAI"] as const;

/** The preset of an arm; null for a client. */
export function graphOf(arm: string): GraphName | null {
  return graphNames.find((name) => arm.split(" ")[1] === name) ?? null;
}

/** The calls that a row of an arm makes. */
export function callsOfRow(arm: string): number {
  const graph = graphOf(arm);
  return graph === null ? 1 : callsPerRow[graph];
}

/** Loads an arm, and nothing that it does not need. */
export async function loadArm(name: string): Promise<Arm> {
  const arms = name.startsWith("ours ")
    ? (await import("./own-arms.ts")).ownArms
    : name.startsWith("plain ")
      ? (await import("./plain-graphs.ts")).plainArms
      : (await import("./client-arms.ts")).clientArms;
  const plainName = name.replace(tracedToo, "");
  const arm = arms.find((one) => one.name === plainName);
  if (arm === undefined) throw new Error(`there is no arm named "${name}"`);
  return arm;
}

import type { GateOptions } from "../gates/sift.ts";

/** Whether the data files rest on more than the rows: a test set or labels may be others by now. */
export function dependsOnOtherFiles(
  { alwaysWrites = false }: { readonly alwaysWrites?: boolean },
  { gates, labels }: Partial<GateOptions> = {},
): boolean {
  return alwaysWrites || labels !== undefined || (gates ?? []).some(readsFile);
}

function readsFile(gate: string): boolean {
  return gate.startsWith("contamination=");
}

import type { FaultCase } from "./fault-case.ts";
import { processFaults } from "./process-faults.ts";
import { providerFaults } from "./provider-faults.ts";

/** All cases. */
export const faultTable: readonly FaultCase[] = [...processFaults, ...providerFaults];

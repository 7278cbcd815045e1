import type { Arm } from "./arm.ts";
import { cascadeArm } from "./cascade-arm.ts";
import { certificateArm, simulatedCertificateArm } from "./certificate-arm.ts";
import { sentinelArm, simulatedSentinelArm } from "./sentinel-arm.ts";
import { juryArm, simulatedJuryArm } from "./jury-arm.ts";
import { peopleWinRateArm, simulatedPeopleArm } from "./people-win-rate-arm.ts";
import { plantedHabitsArm } from "./planted-habits-arm.ts";
import { taughtJudgeArm } from "./taught-judge-arm.ts";

/** Everything that `npm run bench:evaluators` measures, in the order in which it is printed. */
export const arms: readonly Arm[] = [
  peopleWinRateArm,
  simulatedPeopleArm,
  certificateArm,
  simulatedCertificateArm,
  cascadeArm,
  plantedHabitsArm,
  sentinelArm,
  simulatedSentinelArm,
  juryArm,
  simulatedJuryArm,
  taughtJudgeArm,
];

import { splitLabels } from "../../../runs/teach/split-labels.ts";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import {
  falseGains,
  measureTaughtGain,
  taughtLevel,
} from "../../../statistics/trust/taught-gain.ts";
import type { Arm, BenchFigure } from "./arm.ts";

/** Labelled rows of an evaluation. */
const labels = 200;

type World = {
  readonly rowsPerPrompt: number;
  /** How often the judge agrees with people, before and after it was taught. */
  readonly before: number;
  readonly after: number;
  /** How often a verdict is drawn again when the judge is asked again; else it stays. */
  readonly restlessness: number;
};

const idle: Readonly<Record<string, World>> = {
  "1 row a prompt, all verdicts new": {
    rowsPerPrompt: 1,
    before: 0.65,
    after: 0.65,
    restlessness: 1,
  },
  "1 row a prompt, a fifth new": {
    rowsPerPrompt: 1,
    before: 0.65,
    after: 0.65,
    restlessness: 0.2,
  },
  "5 rows a prompt that share a verdict": {
    rowsPerPrompt: 5,
    before: 0.65,
    after: 0.65,
    restlessness: 1,
  },
  "a judge like a coin": { rowsPerPrompt: 1, before: 0.5, after: 0.5, restlessness: 1 },
};
const useful: World = { rowsPerPrompt: 1, before: 0.6, after: 0.85, restlessness: 1 };

export const taughtJudgeArm: Arm = {
  name: "taught-judge",
  about:
    `Judges with ${labels} labelled rows, that neither examples nor guidelines change: how often ` +
    "a gain is announced; and how often it is for a judge that they help.",
  world: "simulated",
  async measure({ draws }) {
    const falsely = Object.entries(idle).map(([of, world]): BenchFigure => {
      const share = announced(of, world, draws);
      return {
        of,
        figure: "taught, announced falsely",
        value: percent(share),
        goal: "≤ 5 %",
        // Three standard errors of a share of 5 %.
        isMet: share <= falseGains + 3 * Math.sqrt((falseGains * (1 - falseGains)) / draws),
      };
    });
    const found = announced("useful", useful, draws);
    return [
      ...falsely,
      {
        of: "agreement of .60 becomes .85",
        figure: "taught, announced rightly",
        value: percent(found),
        goal: "",
        isMet: null,
      },
    ];
  },
};

/** The share of draws in which a gain is announced, by examples or by guidelines. */
function announced(name: string, world: World, draws: number): number {
  let taught = 0;
  for (let draw = 0; draw < draws; draw += 1) {
    const { heldOut } = splitLabels(drawLabels(world, `taught ${name} ${draw}`));
    const byGuidelines = heldOut.map((row) => ({ ...row, isRight: row.isRightByGuidelines }));
    const gains = [heldOut, byGuidelines].map(measureTaughtGain);
    if (gains.some(({ p }) => p <= taughtLevel(gains.length))) taught += 1;
  }
  return taught / draws;
}

/** Rows whose prompts share how hard they are: all of a prompt are right, or none. */
function drawLabels({ rowsPerPrompt, before, after, restlessness }: World, seed: string) {
  const random = createRandom(seed);
  return Array.from({ length: labels / rowsPerPrompt }, (_, number) => {
    const wasRight = random() < before;
    const again = () => (random() < restlessness ? random() < after : wasRight);
    const [isRight, isRightByGuidelines] = [again(), again()];
    const label = random() < 0.5 ? "a" : "b";
    const other = label === "a" ? "b" : "a";
    const winner = wasRight ? label : other;
    const outcomes = { wasRight, isRight, isRightByGuidelines };
    const row = { winner, label, ...outcomes, isDrawnAtRandom: true, length: 100 } as const;
    return Array.from({ length: rowsPerPrompt }, () => ({ ...row, prompt: `${seed} ${number}` }));
  }).flat();
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

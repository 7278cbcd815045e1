import type { FaultCase, FaultContext } from "../fault-case.ts";
import type { FaultName } from "../server/faults.ts";
import { expectEnd, runServed } from "../served-run.ts";
import { byKey } from "../served-checks.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";

/**
 * Answers that arrive whole, with the reason that their row fails for; null for one that is as good
 * as any.
 */
const odd: readonly (readonly [FaultName, string | null])[] = [
  ["malformed-json", "bad_response"],
  ["html-200", "bad_response"],
  ["empty-body", "bad_response"],
  ["empty-choices", "bad_response"],
  ["null-content", "empty"],
  ["null-usage", null],
];

/** The bad answers that state no count either: those that are no JSON. */
const countless = 3;

const languages = ["compatible:test-model", "google:gemini-test"];

/** Row 16 of the plan. */
export const oddAnswers: FaultCase = {
  name: "odd-answers",
  fault:
    "200 with malformed JSON, HTML, nothing, no choice, no content or no count; and the " +
    "same command again",
  promise:
    "each is bought exactly once, in both sessions together, and its row says what was " +
    "wrong with it",
  run: (context) =>
    withFaultServer({ seed: context.seed }, async (server) => {
      const chosen = context.size === "full" ? languages : languages.slice(0, 1);
      const violations: string[] = [];
      let [answers, mostPaid] = [0, 0];
      for (const model of chosen) {
        const found = await runOdd(server, model, context);
        violations.push(...found.violations);
        answers += found.answers;
        mostPaid = Math.max(mostPaid, found.mostPaid);
      }
      const figures = { "answers received": answers, "most paid requests for one": mostPaid };
      return { rounds: answers, violations, figures };
    }),
};

async function runOdd(server: FaultServer, model: string, { size, directory }: FaultContext) {
  const each = size === "full" ? 10 : 1;
  const rows = odd.length * each + 1;
  const faultOfRow = (row: number) => odd[(row - 1) % odd.length];
  const numbers = Array.from({ length: odd.length * each }, (_, index) => index + 1);
  await server.reset({
    faults: odd.map(([fault]) => ({
      fault,
      rows: numbers.filter((row) => faultOfRow(row)?.[0] === fault),
    })),
  });
  const command = {
    script: "generate",
    topology: "single",
    rows,
    directory,
    name: model.split(":")[0] ?? model,
    options: ["--model", model],
  } as const;
  const expected = { code: 3, done: each + 1, failed: rows - each - 1, pending: 0 };
  const first = await runServed(server, command);
  const again = await runServed(server, command);
  const violations = [first, again].flatMap((run) => expectEnd(run, expected));
  for (const { row, reason } of again.failed) {
    const [fault, named] = faultOfRow(row) ?? ["no fault", null];
    if (reason !== named) violations.push(`${fault}: row ${row} failed with ${reason}`);
  }
  if (again.manifest?.tokens.unknown !== each + countless * each) {
    violations.push(`${again.manifest?.tokens.unknown} answers without a count`);
  }
  const paid = [...byKey(await server.log()).values()].map(
    (sends) => sends.filter(({ generated }) => generated).length,
  );
  const mostPaid = Math.max(...paid);
  if (mostPaid > 1) violations.push(`an answer was bought ${mostPaid} times`);
  return {
    violations: violations.map((text) => `${model}: ${text}`),
    answers: paid.length,
    mostPaid,
  };
}

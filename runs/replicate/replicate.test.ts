import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replicateAgreement, replicateWins } from "./replicate.ts";

const data =
  process.env["FELLOWSHIP_DATA"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data");
const missing = existsSync(join(data, "expected.json"))
  ? ""
  : ` (skipped: no recorded data in ${data}; FELLOWSHIP_DATA names another place)`;

describe.skipIf(missing !== "")(`the recorded data${missing}`, () => {
  const expected = () => JSON.parse(readFileSync(join(data, "expected.json"), "utf8"));

  // All the cells take a minute: npm run replicate.
  it("give a debate's agreement with people as expected", async () => {
    const [cell] = expected()["fair-eval"].cells;
    for await (const {
      dataset,
      strategy,
      models,
      n,
      kappa,
      accuracy,
      reason,
    } of replicateAgreement(data)) {
      expect({ dataset, strategy, models, n }).toEqual({
        dataset: "fair-eval",
        strategy: cell.strategy,
        models: cell.models,
        n: cell.n,
      });
      expect(kappa).toBeCloseTo(cell.kappa, 9);
      expect(accuracy).toBeCloseTo(cell.accuracy, 9);
      expect(reason).toBe("");
      break;
    }
  });

  it("give the wins of a loop over a single model as expected", async () => {
    for await (const { name, rows, wins, published } of replicateWins(data)) {
      const { a, b, tie, rows: of } = expected().winRate[name];
      expect({ rows, wins, published }).toEqual({
        rows: of,
        wins: { a, b, tie, none: 0 },
        published: a,
      });
      break;
    }
  });
});

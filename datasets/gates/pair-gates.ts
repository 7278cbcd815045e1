import { pairIn, type OpenGate } from "./gate.ts";
import { numberIn, refuseValue } from "./gate-value.ts";

export const margin: OpenGate = async (value) => {
  const least = numberIn("margin", value, { least: 0 });
  return () => (candidate) => {
    if (pairIn(candidate) === undefined) return undefined;
    const [chosen, rejected] = candidate.evidence?.scores ?? [];
    if (chosen === undefined || rejected === undefined) return "The pair has no scores.";
    const found = Math.round((chosen - rejected) * 1e9) / 1e9;
    return found < least ? `The scores differ by ${found}.` : undefined;
  };
};

export const agreement: OpenGate = async (value) => {
  const least = numberIn("agreement", value, { least: 0, most: 1 });
  return () => (candidate) => {
    if (pairIn(candidate) === undefined) return undefined;
    const found = candidate.evidence?.agreement;
    if (found === undefined) return "No readable vote compared the two responses.";
    if (found >= least) return undefined;
    return `${Math.round(found * 100)} % of the votes named the chosen response.`;
  };
};

export const consistent: OpenGate = async (value) => {
  refuseValue("consistent", value);
  return () => (candidate) => {
    if (pairIn(candidate) === undefined) return undefined;
    const flipped = candidate.evidence?.flipped;
    if (flipped === undefined) {
      return "The evaluator was asked in one order; set its orders to both.";
    }
    return flipped ? "The two orders named different responses." : undefined;
  };
};

export const lengthRatio: OpenGate = async (value) => {
  const most = numberIn("length-ratio", value, { least: 1 });
  return () => (candidate) => {
    const pair = pairIn(candidate);
    if (pair === undefined) return undefined;
    const [short, long] = pair.map(({ length }) => length).toSorted((one, other) => one - other);
    if (short === undefined || long === undefined || long <= most * short) return undefined;
    return `One response has ${short} characters, the other ${long}.`;
  };
};

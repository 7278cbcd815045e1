import { createJudgeGraph, type JudgeGraphOptions } from "./judge.ts";

/**
 * CoEvol's judge (arXiv 2406.07054): one judge, whose readings in both orders are averaged; where
 * one can't be read the other decides, and where neither can there is no verdict.
 */
export function createCoevolJudge(options: Pick<JudgeGraphOptions, "judge" | "schemas">) {
  return createJudgeGraph({ ...options, onUnparsed: "fail", merge: "average" });
}

import { lastMarker } from "./quality-marker.ts";
import { createDraws } from "./seeded-draws.ts";

/** Quality and usefulness run from 0 to 1. */
export function clampToUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The quality of a response as it truly is, and who wrote it (null: no simulated model). */
export type HiddenQuality = { readonly quality: number; readonly author: number | null };

/**
 * What a simulated reader finds in a response: the quality its last marker hides. A text that no
 * simulated model wrote gets one from its own hash, normal with mean 0.5 and standard deviation
 * 0.15, the same for every reader; a blank one has quality 0.
 */
export function qualityOf(text: string): HiddenQuality {
  const marking = lastMarker(text, "response");
  if (marking !== null) return { quality: marking.value, author: marking.author };
  return { quality: text.trim() === "" ? 0 : fromHash(text), author: null };
}

/**
 * How useful a reviewer's feedback or an advisor's suggestions are, 0 to 1; without a marker as
 * with `qualityOf`.
 */
export function usefulnessOf(text: string): number {
  const marking = lastMarker(text, "feedback") ?? lastMarker(text, "advice");
  if (marking !== null) return marking.value;
  return text.trim() === "" ? 0 : fromHash(text);
}

function fromHash(text: string): number {
  return clampToUnit(0.5 + 0.15 * createDraws(`text:${text}`).gaussian());
}

import { advisorRole } from "./advisor.ts";
import { sideRole } from "./cross-review.ts";
import { debaterRole } from "./debater.ts";
import { editorRole } from "./editor.ts";
import { generatorRole } from "./generator.ts";
import { judgeRole, jurorRole } from "./judge.ts";
import { reviewerRole } from "./reviewer.ts";

/**
 * Every role, by the name of its factory; `side` is CoEvol's debater. A new role is a line here.
 */
export const roles = {
  generator: generatorRole,
  reviewer: reviewerRole,
  judge: judgeRole,
  juror: jurorRole,
  debater: debaterRole,
  side: sideRole,
  advisor: advisorRole,
  editor: editorRole,
} as const;

type AnyRole = (typeof roles)[keyof typeof roles];

/** The name of a role as manifests hold it: `generator`, `reviewer`, `judge` … */
export type RoleName = AnyRole["name"];

/**
 * The roles that an agent of a topology in code can have, by name. A role with a persona is none of
 * them, so a `debater` in code is CoEvol's.
 */
export const rolesInCode: ReadonlyMap<RoleName, AnyRole> = new Map(
  Object.values<AnyRole>(roles)
    .filter(({ persona }) => persona === undefined)
    .map((role) => [role.name, role]),
);

/**
 * The role of that name; of the two kinds of debaters it is CoEvol's, whose answers have the same
 * form and size.
 *
 * @throws Error for a name that no role has, which is a bug.
 */
export function roleNamed(name: string): AnyRole {
  const role = rolesInCode.get(name as RoleName);
  if (role === undefined) throw new Error(`no role "${name}" in nodes/roles.ts`);
  return role;
}

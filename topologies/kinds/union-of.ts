import * as z from "zod";

type Listed = { readonly graph: string; readonly schema: z.core.$ZodTypeDiscriminable };
type SchemasOf<Kinds extends readonly Listed[]> = {
  [Index in keyof Kinds]: Kinds[Index]["schema"];
};

/** The schema of any topology of a list of kinds, distinguished by the key `graph`. */
export function unionOf<const Kinds extends readonly [Listed, ...Listed[]]>(kinds: Kinds) {
  const schemas = kinds.map(({ schema }) => schema);
  // Mapping forgets the list's length and order, which the union's type needs.
  return z.discriminatedUnion("graph", schemas as unknown as SchemasOf<Kinds>);
}

/** The member of a list of kinds that a topology is of. */
export function memberOf<Member extends { readonly graph: string }>(
  kinds: readonly Member[],
  graph: string,
): Member {
  const found = kinds.find((kind) => kind.graph === graph);
  if (found === undefined) throw new Error(`the list has no graph ${graph}`);
  return found;
}

/** A member of a list of a topology whose settings may have changed, but not who takes part. */
export function memberAt<Member>(members: readonly Member[], index: number): Member {
  const member = members[index];
  if (member === undefined) throw new Error(`the topology has lost its member ${index + 1}`);
  return member;
}

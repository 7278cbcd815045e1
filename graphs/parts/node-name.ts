/**
 * A node's name in a graph: `reviewer.gemma`; an agent that bears its role's name stays `reviewer`.
 */
export function nodeName(role: string, agent: string): string {
  return agent === role ? role : `${role}.${agent}`;
}

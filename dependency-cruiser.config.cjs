/** Imports run one way: scripts → runs → topologies → graphs → nodes → prompts, models, state; see docs/architecture.md. */
const rooms = [
  "scripts",
  "studio",
  "report",
  "runs",
  "topologies",
  "graphs",
  "nodes",
  "models",
  "prompts",
  "datasets",
  "evals",
  "state",
];
/** What each room may import besides itself. */
const allowed = {
  state: [],
  prompts: ["state"],
  models: ["state"],
  evals: ["state"],
  datasets: ["state"],
  nodes: ["prompts", "models", "state"],
  graphs: ["nodes", "prompts", "models", "state"],
  topologies: ["graphs", "nodes", "prompts", "models", "state"],
  runs: ["topologies", "graphs", "nodes", "prompts", "models", "datasets", "evals", "state"],
  report: ["runs", "datasets", "evals", "state"],
  studio: ["topologies", "graphs", "nodes", "prompts", "models", "state"],
  scripts: rooms,
};

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: ["\\.(test|config)\\.(ts|cjs)$", "^tests/", "\\.d\\.ts$"] },
      to: {},
    },
    ...Object.entries(allowed).map(([room, may]) => ({
      name: `${room}-imports-downwards`,
      severity: "error",
      from: { path: `^${room}/`, pathNot: "\\.(test|eval)\\.ts$" },
      to: {
        path: `^(${rooms.filter((other) => other !== room && !may.includes(other)).join("|") || "none"})/`,
      },
    })),
    {
      name: "nothing-imports-examples",
      severity: "error",
      from: { pathNot: "^examples/|\\.test\\.ts$|^tests/" },
      to: { path: "^examples/.*\\.ts$" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "\\.(test|eval)\\.ts$|^tests/|^vitest\\.config\\.ts$" },
      to: { path: "\\.(test|eval)\\.ts$|^tests/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|\\.git|\\.ci)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};

/** The top-level folders with code, in the order of their layers; package.json lists what is shipped. */
const { layers } = require("./layers.json");

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "\\.(test|config)\\.(ts|cjs)$",
          "^tests/",
          "^bin/",
          "^(report|label)-page/browser/",
          "\\.d\\.ts$",
        ],
      },
      to: {},
    },
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `${layer}-imports-downwards`,
      severity: "error",
      from: { path: `^${layer}/`, pathNot: "\\.test\\.ts$" },
      to: {
        path: `^(${Object.keys(layers)
          .filter((other) => other !== layer && !below.includes(other))
          .join("|")})/`,
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
    exclude: { path: "^(node_modules|dist|my/|\\.git|\\.ci)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};

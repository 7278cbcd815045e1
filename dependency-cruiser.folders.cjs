/** Folders import each other in one direction. Tests import from everywhere, so they are left out here. */
const { options } = require("./dependency-cruiser.config.cjs");

module.exports = {
  forbidden: [
    {
      name: "no-circular-folders",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: {
      path: "^(node_modules|\\.git|\\.ci|dist|examples|tests)|\\.(test|config)\\.(ts|cjs)$",
    },
  },
};

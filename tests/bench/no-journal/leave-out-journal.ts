import { register } from "node:module";

// Given to `node --import`: the process has its journals in memory alone.
register("./journal-resolver.js", import.meta.url);

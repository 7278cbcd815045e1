import { compileEdited } from "../bin/compile.js";

/**
 * Before the tests that start processes: so many at once would compile the same files, each for
 * itself.
 */
export default compileEdited;

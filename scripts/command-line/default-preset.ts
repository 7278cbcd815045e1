/** The preset that the demo runs, and that `init` copies where none is named. */
export const defaultPreset = "feedback-loop";

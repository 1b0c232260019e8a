const patienceMs = 5_000;
const pollMs = 5;

/** Waits for what must come true, and says so when it does not. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > patienceMs) throw new Error(`never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
};

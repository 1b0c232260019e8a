const lookEveryMs = 100;
/** A look that comes so late was not slow: the machine, or its hypervisor, stood still. */
const stillMs = 1_000;

/** A stopwatch in milliseconds, which leaves out when the machine stood still: nobody could act then. */
export const awakeSince = (): { stop(): number } => {
  let awakeMs = 0;
  let lookedMs = performance.now();
  const look = () => {
    const now = performance.now();
    awakeMs += Math.min(now - lookedMs, stillMs);
    lookedMs = now;
  };
  const looking = setInterval(look, lookEveryMs);
  return {
    stop: () => {
      clearInterval(looking);
      look();
      return awakeMs;
    },
  };
};

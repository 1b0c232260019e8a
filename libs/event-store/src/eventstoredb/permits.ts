/** At most so many at once; the others wait in order. */
export const permits = (max: number) => {
  const waiting: (() => void)[] = [];
  let free = max;
  return {
    /** Runs `work` when it is its turn; gives up waiting when the signal says so. */
    run: async <Answer>(signal: AbortSignal, work: () => Promise<Answer>): Promise<Answer> => {
      if (free > 0) free -= 1;
      else await turn(waiting, signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
};

export type Permits = ReturnType<typeof permits>;

const turn = (waiting: (() => void)[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = () => {
      waiting.splice(waiting.indexOf(come), 1);
      reject(new Error('too many calls of the event store are under way'));
    };
    const come = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    waiting.push(come);
  });

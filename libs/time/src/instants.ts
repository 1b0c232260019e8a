/** The instant `ms` milliseconds after another, ISO 8601 in UTC. Reads no clock. */
export const instantAfter = (instant: string, ms: number): string =>
  new Date(Date.parse(instant) + ms).toISOString();

/** Milliseconds from one instant to another. */
export const msBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** The instant `ms` milliseconds after another, ISO 8601 in UTC. */
export const instantAfter = (instant: string, ms: number): string =>
  // eslint-disable-next-line no-restricted-globals -- arithmetic on a given instant reads no clock
  new Date(Date.parse(instant) + ms).toISOString();

/** Milliseconds from one instant to another. */
export const msBetween = (from: string, to: string): number =>
  // eslint-disable-next-line no-restricted-globals -- arithmetic on given instants reads no clock
  Date.parse(to) - Date.parse(from);

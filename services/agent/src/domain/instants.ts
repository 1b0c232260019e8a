/** The instant `ms` milliseconds after another, ISO 8601 in UTC. */
export const instantAfter = (instant: string, ms: number): string =>
  // eslint-disable-next-line no-restricted-globals -- arithmetic on a given instant reads no clock
  new Date(Date.parse(instant) + ms).toISOString();

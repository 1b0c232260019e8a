const dayMs = 86_400_000;
/** No deadline of a case is further away: an instant stays an instant, and a slip is seen. */
export const durationMaxMs = 400 * dayMs;

const form = /^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/**
 * Milliseconds of an ISO 8601 duration in weeks, or in days, hours, minutes and seconds: `PT2M`,
 * `P1DT12H`. Months and years have no fixed length and are not durations here. Undefined when it is
 * none, is zero, or is longer than `durationMaxMs`.
 */
export const durationMs = (text: string): number | undefined => {
  const found = form.exec(text);
  if (!found || text.endsWith('T')) return undefined;
  const [weeks, days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const ms =
    weeks! * 7 * dayMs + days! * dayMs + hours! * 3_600_000 + minutes! * 60_000 + seconds! * 1_000;
  return ms > 0 && ms <= durationMaxMs ? ms : undefined;
};

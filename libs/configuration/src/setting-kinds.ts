/** How one setting is written in the environment, and what it becomes. */
export interface SettingKind<T> {
  /** For the table of settings, e.g. `port`. */
  readonly label: string;
  /** Never shown; may come from the file that `{NAME}_FILE` names. */
  readonly secret: boolean;
  /** @throws Error whose message completes "… must be" */
  parse(text: string): T;
  /** As it would be written; the inverse of `parse`. */
  print(value: T): string;
}

const kind = <T>(
  label: string,
  parse: (text: string) => T | undefined,
  mustBe: string,
  print: (value: T) => string = String,
): SettingKind<T> => ({
  label,
  secret: false,
  print,
  parse: (text) => {
    const value = parse(text);
    if (value === undefined) throw new Error(mustBe);
    return value;
  },
});

const wholeNumber = (text: string, min: number, max: number): number | undefined => {
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
};

/** A TCP port; 0 lets the system choose a free one. */
export const port = kind(
  'port',
  (text) => wholeNumber(text, 0, 65_535),
  'a port from 0 to 65535 (0: any free one)',
);

/** A whole number from `min` to `max`, both included. */
export const integer = (min: number, max: number): SettingKind<number> =>
  kind(
    `integer ${min}–${max}`,
    (text) => wholeNumber(text, min, max),
    `a whole number from ${min} to ${max}`,
  );

/** An http or https address without credentials, which would end up in logs. */
export const url = kind(
  'url',
  (text) => {
    const parsed = URL.parse(text);
    if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
      return undefined;
    }
    return text;
  },
  'an http(s) address without user and password',
);

/** A path of a file or folder, as it is written. */
export const path = kind('path', (text) => (text.includes('\0') ? undefined : text), 'a path');

/** Any text. */
export const text = kind('text', (value) => value, 'text');

/** One of a closed list. */
export const oneOf = <const Value extends string>(
  ...values: readonly Value[]
): SettingKind<Value> =>
  kind(
    values.join(' | '),
    (given) => values.find((value) => value === given),
    `one of: ${values.join(', ')}`,
  );

/** A secret, given itself or by the path of a file in `{NAME}_FILE`. Has no default, ever. */
export const secret: SettingKind<string> = {
  ...kind('secret', (value) => value, 'text'),
  secret: true,
};

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const plainDuration = /^(\d{1,9})(ms|s|m|h|d)$/;
const isoDuration =
  /^P(?=\d|T\d)(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;

const durationMs = (given: string): number | undefined => {
  const plain = plainDuration.exec(given);
  if (plain) return Number(plain[1]) * unitsMs[plain[2] as keyof typeof unitsMs];
  const iso = isoDuration.exec(given);
  if (!iso) return undefined;
  const [d = 0, h = 0, m = 0, s = 0] = iso.slice(1).map((part) => Number(part ?? 0));
  return d * unitsMs.d + h * unitsMs.h + m * unitsMs.m + s * unitsMs.s;
};

const printDuration = (ms: number): string => {
  const fits = (['d', 'h', 'm', 's'] as const).find((unit) => ms > 0 && ms % unitsMs[unit] === 0);
  return fits ? `${ms / unitsMs[fits]}${fits}` : `${ms}ms`;
};

/** A duration in milliseconds: `250ms`, `30s`, `15m`, `48h`, `7d`, or ISO 8601 as `PT2M`. */
export const duration = kind(
  'duration',
  durationMs,
  'a duration such as 250ms, 30s, 15m, 48h or PT2M',
  printDuration,
);

import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.js';
import type { SettingKind } from './setting-kinds.js';
import { withoutCredentials } from './without-credentials.js';

/** One line of the table of settings. */
export interface Setting<T = unknown> {
  /** Name of the environment variable. */
  readonly name: string;
  /** One sentence for the table. */
  readonly description: string;
  readonly parse: SettingKind<T>;
  /** Without a default the setting is required, unless it is `optional`. */
  readonly default?: NoInfer<T>;
  readonly optional?: boolean;
}

type TypeOf<S> = S extends { readonly parse: SettingKind<infer T> }
  ? S extends { readonly optional: true }
    ? T | undefined
    : T
  : never;
/** The values that a table of settings leads to. */
export type SettingsOf<Table> = { readonly [Key in keyof Table]: TypeOf<Table[Key]> };

/** Declares one setting, so that its type follows from its kind. */
export const setting = <T, const Optional extends boolean = false>(
  declared: Setting<T> & { readonly optional?: Optional },
): Setting<T> & { readonly optional: Optional } => {
  if (declared.parse.secret && declared.default !== undefined) {
    throw new TypeError(`${declared.name}: a secret has no default`);
  }
  return declared as Setting<T> & { readonly optional: Optional };
};

type Environment = Readonly<Record<string, string | undefined>>;
type Table = Readonly<Record<string, Setting>>;

/**
 * Reads settings from environment variables by a table; an empty variable counts as absent.
 * @throws ConfigurationError all problems at once, each naming its variable; never a secret's value
 */
export const settingsFrom = <T extends Table>(env: Environment, table: T): SettingsOf<T> => {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [key, declared] of Object.entries(table)) {
    try {
      settings[key] = valueOf(env, declared);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings as SettingsOf<T>;
};

const valueOf = (env: Environment, { name, parse, optional, ...rest }: Setting): unknown => {
  const given = parse.secret ? secretFrom(env, name) : env[name] || undefined;
  if (given === undefined) {
    if (rest.default !== undefined || optional) return rest.default;
    const or = parse.secret ? ` or ${name}_FILE` : '';
    throw new Error(`${name} is missing: set ${name}${or} (${rest.description})`);
  }
  try {
    return parse.parse(given);
  } catch (error) {
    const shown = parse.secret ? '' : `, not ${JSON.stringify(withoutCredentials(given))}`;
    throw new Error(`${name} must be ${(error as Error).message}${shown}`);
  }
};

const secretFrom = (env: Environment, name: string): string | undefined => {
  const given = env[name] || undefined;
  const file = env[`${name}_FILE`] || undefined;
  if (file === undefined) return given;
  if (given !== undefined) throw new Error(`${name} and ${name}_FILE are both set; keep one`);
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (content !== '') return content;
  } catch (error) {
    throw new Error(`${name}_FILE cannot be read: ${(error as Error).message}`);
  }
  throw new Error(`${name}_FILE names an empty file: ${file}`);
};

/** The table of settings as Markdown, for the documentation. */
export const settingsTable = (table: Table): string => {
  const rows = Object.values(table).map((declared) => {
    const { name, description, parse, optional } = declared;
    const names = parse.secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
    const unset = optional || declared.default === '' ? '–' : '**required**';
    const usual = declared.default === undefined ? '' : parse.print(declared.default);
    const byDefault = usual === '' ? unset : `\`${usual}\``;
    const cells = [names, parse.label, byDefault, description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| setting | kind | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
};

/** The values in force by the names of their variables, secrets withheld. */
export const printableSettings = <T extends Table>(
  table: T,
  settings: SettingsOf<T>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(table).map(([key, { name, parse }]) => {
      const value = settings[key as keyof T] as unknown;
      if (value === undefined) return [name, '(not set)'];
      return [name, parse.secret ? '(withheld)' : parse.print(value)];
    }),
  );

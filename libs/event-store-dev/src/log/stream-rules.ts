import type { DatabaseSync } from 'node:sqlite';
import { isMetastream } from './recorded.js';

/** What metadata and deletion say about reading a stream. */
export interface StreamRules {
  readonly tombstoned: boolean;
  /** Events before this revision are not read; `deleted` hides all of them. */
  readonly truncateBefore: number;
  readonly maxCount: number | undefined;
  readonly maxAgeSeconds: number | undefined;
}

/** A stream whose events are all truncated, whatever comes: deleted, but not for ever. */
export const deleted = Number.MAX_SAFE_INTEGER;

const none: StreamRules = {
  tombstoned: false,
  truncateBefore: 0,
  maxCount: undefined,
  maxAgeSeconds: undefined,
};
/** Only the newest metadata counts. */
const ofMetastream: StreamRules = { ...none, maxCount: 1 };

interface RulesRow {
  readonly tombstoned: number;
  readonly truncate_before: number | null;
  readonly max_count: number | null;
  readonly max_age_seconds: number | null;
}

export const rulesReader = (db: DatabaseSync): ((stream: string) => StreamRules) => {
  const find = db.prepare('select * from stream_rules where stream = ?');
  return (stream) => {
    const row = find.get(stream) as RulesRow | undefined;
    if (!row) return isMetastream(stream) ? ofMetastream : none;
    return {
      tombstoned: row.tombstoned === 1,
      truncateBefore: row.truncate_before ?? 0,
      maxCount: row.max_count ?? (isMetastream(stream) ? 1 : undefined),
      maxAgeSeconds: row.max_age_seconds ?? undefined,
    };
  };
};

/** The rules in a metadata event; what is no JSON object sets none, as on a real server. */
export const rulesIn = (data: Uint8Array): Omit<StreamRules, 'tombstoned'> => {
  const said = parsed(data);
  const whole = (name: string): number | undefined => {
    const value = said[name];
    return typeof value === 'number' && value >= 0
      ? Math.min(Math.floor(value), deleted)
      : undefined;
  };
  return {
    truncateBefore: whole('$tb') ?? 0,
    maxCount: whole('$maxCount') || undefined,
    maxAgeSeconds: whole('$maxAge') || undefined,
  };
};

export const parsed = (data: Uint8Array): Record<string, unknown> => {
  try {
    const value = JSON.parse(Buffer.from(data).toString()) as unknown;
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

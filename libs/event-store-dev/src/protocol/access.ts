import { createHash, timingSafeEqual } from 'node:crypto';
import { status, type Metadata } from '@grpc/grpc-js';
import { isMetastream, originalOf } from '../log/recorded.js';
import { accessDenied, callError } from './errors.js';

/** Who may do what: everybody everything, or those with a password. */
export interface Access {
  /** Undefined: nobody in particular. @throws UNAUTHENTICATED wrong name or password */
  userOf(metadata: Metadata): string | undefined;
  /** @throws PERMISSION_DENIED */
  check(user: string | undefined, stream: string): void;
}

/** Without encryption there are no rights, as on a real server. */
export const openAccess: Access = { userOf: () => undefined, check: () => undefined };

/** The real server's first users. */
export const admin = 'admin';
const operator = 'ops';

/**
 * The first users, with one password for both. Nobody without a name reads or writes; streams of
 * the system, and all of them at once, are the administrator's.
 */
export const guardedAccess = (password: string): Access => ({
  userOf: (metadata) => {
    const [header] = metadata.get('authorization');
    if (header === undefined) return undefined;
    const [, encoded = ''] = /^Basic (.+)$/i.exec(String(header)) ?? [];
    const text = Buffer.from(encoded, 'base64').toString();
    const name = text.slice(0, text.indexOf(':'));
    const known = name === admin || name === operator;
    if (known && same(text.slice(name.length + 1), password)) return name;
    throw callError(status.UNAUTHENTICATED, 'unknown user or wrong password');
  },
  check: (user, stream) => {
    const asked = isMetastream(stream) ? originalOf(stream) : stream;
    if (user === undefined || (asked.startsWith('$') && user !== admin)) throw accessDenied();
  },
});

const same = (given: string, expected: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
};

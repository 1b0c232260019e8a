import type { Role } from '@countersign/contracts';

/** Who calls, as the token says: never as a body says. */
export interface Caller {
  readonly sub: string;
  readonly email?: string | undefined;
  readonly roles: readonly Role[];
}

/** A person together with the role in which they acted. */
export interface Person {
  readonly sub: string;
  readonly role: Role;
}

export interface Need {
  readonly any: 1;
  readonly of: readonly Role[];
}

/** The caller's role that qualifies, if any does. */
export const qualifyingRole = (caller: Caller, need: Need): Role | undefined =>
  need.of.find((role) => caller.roles.includes(role));

/** Whether the name under which a request was made is this caller's (I2). */
export const isNamed = (name: string | undefined, { sub, email }: Caller): boolean =>
  name !== undefined && (name === sub || name.toLowerCase() === email?.toLowerCase());

import type { Position } from '../port.js';

/** Where an event stands in the log of an EventStoreDB. */
export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

const form = /^(\d{1,20}):(\d{1,20})$/;

export const positionOf = (commit: string | bigint, prepare: string | bigint): Position =>
  `${commit}:${prepare}`;

/** @throws RangeError for what was not a position of a store like this one */
export const logPositionOf = (position: Position): LogPosition => {
  const [, commit, prepare] = form.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) {
    throw new RangeError(`${position} is not a position of an EventStoreDB`);
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
};

export const comparePositions = (a: Position, b: Position): number => {
  const [left, right] = [logPositionOf(a), logPositionOf(b)];
  return sign(left.commit - right.commit) || sign(left.prepare - right.prepare);
};

/** The later one; what is not known yet is earlier than everything. */
export const laterOf = (a: Position | undefined, b: Position | undefined): Position | undefined => {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) >= 0 ? a : b;
};

const sign = (difference: bigint): number => (difference === 0n ? 0 : difference > 0n ? 1 : -1);

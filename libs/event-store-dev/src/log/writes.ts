import type { AppendAnswer } from '@countersign/event-store';
import type { Expected, ProposedEvent } from './recorded.js';

export interface WriteArgs {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly ProposedEvent[];
  readonly createdMs: number;
  /** Whether repeats under `any` and `exists` are recognised by the ids written since the start. */
  readonly remembersIds: boolean;
}

export interface EndArgs extends Pick<WriteArgs, 'stream' | 'expected' | 'createdMs'> {
  /** False: the stream may begin again behind the end. */
  readonly forEver: boolean;
}

/** What has been written to one stream: the events asked for, or metadata that follows from them. */
export interface Written {
  readonly stream: string;
  /** Of the last event. */
  readonly revision: number;
  readonly seq: number;
  readonly events: readonly ProposedEvent[];
}

export interface WriteAnswer {
  readonly outcome: AppendAnswer['outcome'] | 'deleted';
  /** Of the last event; of the stream when it conflicts; -1: there is none. */
  readonly revision: number;
  /** Of the last event; 0 when there is none. */
  readonly seq: number;
  /** In the order of the file. */
  readonly written: readonly Written[];
}

export const gone: WriteAnswer = { outcome: 'deleted', revision: -1, seq: 0, written: [] };

/** @param last the stream's own last revision */
export const conflict = (last: number): WriteAnswer => ({
  outcome: 'conflict',
  revision: last,
  seq: 0,
  written: [],
});

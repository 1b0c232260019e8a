import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { fresh } from '../src/conformance/harness.js';
import type { scratchKafka } from './kafka-harness.js';
import { publishingLoad } from './kafka-lanes.js';
import { until } from './scratch-world.js';

export interface SoakOptions {
  readonly seconds: number;
  /** Decides who joins, leaves, dies and stops, and when. */
  readonly seed: number;
}

const partitions = 6;
const keys = 60;
const membersMin = 2;
const membersMax = 5;
/** Longer than a session (6 s), so that others take over what is in hand. */
const stoppedMinMs = 9_000;
const stoppedMaxMs = 15_000;
const settlesMs = 60_000;

/** The same numbers for the same seed (mulberry32). */
const numbersOf = (seed: number) => {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { between: (min: number, max: number) => min + Math.floor(random() * (max - min + 1)) };
};

interface Member {
  readonly process: ChildProcess;
  /** It has joined its group, and knows what to do when it is asked to end. */
  joined: boolean;
  stopped: boolean;
  /** It was asked or made to end. */
  ending: boolean;
}

/** Reads what members wrote down, in the order in which they handled it. */
const ledgerOf = (path: string) => {
  const newest = new Map<string, number>();
  const seen = new Set<number>();
  let read = 0;
  let repeated = 0;
  const backwards: string[] = [];
  const byMember = new Map<number, number>();
  const take = (line: string) => {
    const [key, text, pid] = line.split(' ') as [string, string, string];
    const n = Number(text);
    byMember.set(Number(pid), read);
    if (seen.has(n)) return void (repeated += 1);
    seen.add(n);
    if (n < (newest.get(key) ?? -1)) backwards.push(`${line} after ${newest.get(key)}`);
    newest.set(key, n);
  };
  return {
    refresh: () => {
      if (!existsSync(path)) return;
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      for (; read < lines.length; read += 1) take(lines[read]!);
    },
    seen,
    backwards,
    /** Line of the last record that a member handled. */
    byMember,
    get read() {
      return read;
    },
    get repeated() {
      return repeated;
    },
  };
};

/**
 * Members of one group join, leave in order, are killed and stopped under load. Nothing may be
 * lost, no key may go backwards, and who lives at the end works.
 */
export const soak = async (
  scratch: ReturnType<typeof scratchKafka>,
  { seconds, seed }: SoakOptions,
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-soak-'));
  const topic = fresh('soak');
  const bus = scratch.openBus();
  await bus.createTopics([topic, 'agent.dead-letters.v1'], { partitions });
  const { between } = numbersOf(seed);
  const ledger = ledgerOf(join(folder, 'arrivals'));
  const members = new Set<Member>();
  const unasked: string[] = [];
  const counts = { joined: 0, left: 0, killed: 0, stopped: 0 };

  const addMember = () => {
    const own = join(folder, `member-${counts.joined}`);
    mkdirSync(own);
    const member = {
      process: startMember([...scratch.kafka.brokers], topic, folder, own),
      joined: false,
      stopped: false,
      ending: false,
    };
    counts.joined += 1;
    members.add(member);
    member.process.stdout!.once('data', () => (member.joined = true));
    member.process.once('exit', (code, signal) => {
      members.delete(member);
      if (!member.ending || (code !== 0 && signal !== 'SIGKILL')) {
        unasked.push(`${member.process.pid} ended with ${code ?? signal}`);
      }
    });
  };
  const end = (member: Member, signal: 'SIGTERM' | 'SIGKILL') => {
    member.ending = true;
    member.process.kill(signal);
    counts[signal === 'SIGTERM' ? 'left' : 'killed'] += 1;
  };
  const stop = async (member: Member) => {
    member.stopped = true;
    counts.stopped += 1;
    member.process.kill('SIGSTOP');
    await sleep(between(stoppedMinMs, stoppedMaxMs));
    member.process.kill('SIGCONT');
    member.stopped = false;
  };
  const able = () =>
    [...members].filter(({ joined, stopped, ending }) => joined && !stopped && !ending);

  try {
    for (let n = 0; n < 3; n += 1) addMember();
    await until(() => able().length === 3, 'three members', settlesMs);
    const load = publishingLoad(bus, topic, keys);
    const stops: Promise<void>[] = [];
    const bag: string[] = [];
    for (const begun = performance.now(); performance.now() - begun < seconds * 1_000;) {
      await sleep(between(1_500, 4_000));
      const chosen = able()[between(0, able().length - 1)];
      if (bag.length === 0) bag.push('join', 'join', 'leave', 'kill', 'stop');
      const [what] = bag.splice(between(0, bag.length - 1), 1);
      if (what === 'join' || !chosen || able().length <= membersMin) {
        if (members.size < membersMax) addMember();
      } else if (what === 'stop') stops.push(stop(chosen));
      else end(chosen, what === 'leave' ? 'SIGTERM' : 'SIGKILL');
    }
    await Promise.all(stops);
    await until(() => able().length === members.size, 'all have come or gone', settlesMs);
    await everyoneWorks(able(), ledger);
    await load.stop();
    const all = () => {
      ledger.refresh();
      return ledger.seen.size >= load.acknowledged;
    };
    await until(all, `all of ${load.acknowledged} records (${ledger.seen.size} came)`, settlesMs);
    for (const member of able()) end(member, 'SIGTERM');
    await until(() => members.size === 0, 'all have left', settlesMs);
    expect(unasked).toEqual([]);
    expect(ledger.backwards).toEqual([]);
    return `${load.acknowledged} records, ${ledger.repeated} redelivered, ${JSON.stringify(counts)}, seed ${seed}`;
  } finally {
    for (const { process } of members) process.kill('SIGKILL');
    await bus.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

const startMember = (brokers: string[], topic: string, folder: string, own: string) =>
  spawn(
    process.execPath,
    [
      ...['--experimental-transform-types', '--disable-warning=ExperimentalWarning'],
      `--import=${join(import.meta.dirname, '../../group-commit/test/run-sources.mjs')}`,
      join(import.meta.dirname, 'soak-member.ts'),
      ...[brokers.join(','), topic, join(folder, 'arrivals'), own],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

/** There are more partitions than members, so each of them has something to do. */
const everyoneWorks = async (able: readonly Member[], ledger: ReturnType<typeof ledgerOf>) => {
  ledger.refresh();
  const from = ledger.read;
  await until(
    () => {
      ledger.refresh();
      return able.every(({ process }) => (ledger.byMember.get(process.pid!) ?? -1) >= from);
    },
    'every member that lives works',
    settlesMs,
  );
};

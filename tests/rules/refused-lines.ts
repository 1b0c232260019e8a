const clock = [
  'export const now = () => Date.now();',
  'export const today = () => new Date();',
  'export const around = () => globalThis.Date.now();',
  'export const ticks = () => performance.now();',
];
const waiting = [
  'export const later = () => setTimeout(() => undefined, 1);',
  'export const often = () => setInterval(() => undefined, 1);',
  'export const soon = () => setImmediate(() => undefined);',
  'export const next = () => queueMicrotask(() => undefined);',
];
const randomBytes = ['export const id = () => crypto.randomUUID();'];
const io = [
  `export const got = () => fetch('http://127.0.0.1');`,
  `export const said = () => console.log('');`,
  'export const ended = () => process.exit(1);',
  `import fs from 'node:fs';`,
  `import barely from 'fs';`,
  `import net from 'net';`,
  `import { setTimeout as sleep } from 'node:timers/promises';`,
  `export { spawn } from 'node:child_process';`,
];
const edge = [
  `import { Injectable } from '@nestjs/common';`,
  `import { of } from 'rxjs';`,
  `import { fastify } from 'fastify';`,
];
const outward = [
  `import { perform } from '../adapters/perform.js';`,
  `import { handle } from '@countersign/event-store';`,
  `import { publish } from '@countersign/messaging';`,
  `import { Problem } from '@countersign/http';`,
];

/** What the middle may not do, and its surroundings may. */
export const impure = [clock, waiting, randomBytes, io, edge, outward].flat();

/** What nobody may do: chance comes in as data. */
export const chance = ['export const luck = () => Math.random();'];

/** What only those may do who read settings. */
export const environment = [
  'export const all = process.env;',
  `export const one = process.env['ONE'];`,
  'export const { env: taken } = process;',
  'export const outer = globalThis.process.env;',
];

/** Ways to the environment that not even they need. */
export const environmentByImport = [
  `import own from 'node:process';`,
  `import { env as theirs } from 'process';`,
];

/** What anybody may do. */
export const innocent = [
  `import { decide } from '@countersign/decider';`,
  `import { beside } from './beside.js';`,
  'export const larger = Math.max(1, 2);',
];

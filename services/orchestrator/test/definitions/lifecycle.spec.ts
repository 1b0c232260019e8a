import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawLifecycle } from '../../src/definitions/draw-lifecycle.js';
import { readDefinitions } from '../../src/definitions/read-definitions.js';
import { shipped } from './folders.js';

describe('docs/case-lifecycle.md (A3)', () => {
  it('shows what the definitions say; draw it anew with node tools/draw-lifecycle.js', () => {
    const page = readFileSync(join(shipped, '../docs/case-lifecycle.md'), 'utf8');
    expect(page).toBe(drawLifecycle(readDefinitions(shipped).definitions));
  });
});

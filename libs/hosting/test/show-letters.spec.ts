import { describe, expect, it } from '@jest/globals';
import type { DeadLetter } from '@countersign/messaging';
import { letterShown, lettersShown } from '../src/show-letters.js';

const letter = (
  topic: string,
  value: string | Uint8Array,
  headers: Record<string, string> = {},
): DeadLetter => ({
  record: { topic, partition: 1, offset: 7, key: 'k', value, headers },
  key: 'k',
  fence: '',
  messageId: 'm',
  messageType: 't',
  behind: false,
  cause: { code: 'unparsable', text: 'x' },
  firstFailedAt: '2026-01-05T09:00:00.000Z',
  lastFailedAt: '2026-01-05T09:00:00.000Z',
});
const shown = (...args: Parameters<typeof letter>): any => letterShown(letter(...args));
const own = 'orchestrator.commands.v1';
const upstream = 'intake.shop.v1';

describe('a message of ours among the dead letters', () => {
  it('is shown as it is where it cannot be read, and nothing in it is obeyed', () => {
    const value = 'poison \u001b[31m \u202e\u0000';
    const { id, value: seen } = shown(own, value, { odd: '\u001b]0;x\u0007' });
    expect(id).toBe(`${own}@1-7`);
    expect(seen).toMatchObject({
      text: 'poison ⟦U+001B⟧[31m ⟦U+202E⟧⟦U+0000⟧',
      bytes: Buffer.byteLength(value),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      whole: true,
    });
    expect(shown(own, '', { odd: '\u001b' }).headers).toEqual({ odd: '⟦U+001B⟧' });
    expect(shown(own, new Uint8Array([0xff, 0x0a, 0x41])).value.text).toBe('\\xff\\x0aA');
  });

  it('keeps sealed what is sealed, and withholds what should have been (I22, I23)', () => {
    const data = { sealed: { 'customer:1': { box: 'b0x' } }, sourceId: 'T-1', input: 'Mara Lind' };
    const known = shown(own, JSON.stringify({ type: 'countersign.CaseReceived.v1', data }));
    const read = JSON.parse(known.value.text);
    expect(read.data).toEqual({ ...data, input: '[withheld]' });
    const unknown = shown(own, JSON.stringify({ type: 'countersign.New.v1', data }));
    expect(JSON.parse(unknown.value.text).data).toEqual({
      sealed: data.sealed,
      sourceId: '[withheld]',
      input: '[withheld]',
    });
  });

  it('is shown in part when it is long, and says so', () => {
    const { value } = shown(own, 'x'.repeat(10_000));
    expect(value).toMatchObject({ whole: false, bytes: 10_000 });
    expect(value.text).toHaveLength(4_096);
  });
});

describe('a record of upstream among the dead letters', () => {
  it('shows the attributes that speak of nobody, and nothing else (I22, I23)', () => {
    const event = {
      specversion: '1.0',
      id: 't-1',
      source: { not: 'Mara' },
      type: 'x.v1',
      subject: 'Mara',
      tenant: 'Mara',
      'Mara Lind': 1,
      data: { name: 'Mara' },
    };
    const headers = { 'content-type': 'a/b', ce_id: 't-1', ce_subject: 'Mara', 'x-user': 'Mara' };
    const letter = shown(upstream, JSON.stringify(event), headers);
    expect(JSON.stringify(letter)).not.toContain('Mara');
    expect(JSON.parse(letter.value.text)).toMatchObject({
      specversion: '1.0',
      id: 't-1',
      type: 'x.v1',
      data: '[withheld]',
    });
    expect(letter.headers).toEqual({
      'content-type': 'a/b',
      ce_id: 't-1',
      ce_subject: '[withheld]',
      'x-user': '[withheld]',
    });
  });

  it('shows of everything else its shape, so that one sees where it breaks', () => {
    expect(shown(upstream, '{"näme": "Mara 12",\u0000\u001b').value.text).toBe(
      '{"xxxx": "xxxx 99",⟦U+0000⟧⟦U+001B⟧',
    );
    expect(shown(upstream, '["Mara"]').value.text).toBe('["xxxx"]');
    expect(shown(upstream, new Uint8Array([0xc3, 0x28, 0x4d])).value.text).toBe('\\xc3(x');
  });
});

it('a key with very many records shows the first hundred', () => {
  expect(lettersShown(Array.from({ length: 150 }, () => letter(own, 'x')))).toHaveLength(100);
});

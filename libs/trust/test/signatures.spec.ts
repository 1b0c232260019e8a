import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  decisionContext,
  proposalContext,
  type DecisionRecord,
  type UnsignedProposal,
} from '@countersign/contracts';
import {
  payloadOf,
  signDecision,
  signerFrom,
  signProposal,
  trustedKeysFrom,
  verifyDecision,
  verifyProposal,
} from '../src/index.js';

const pair = (kid: string, service: string, limits: object = {}) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    signer: signerFrom(privateKey, kid),
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, service, ...limits },
  };
};
const agent = pair('agent-1', 'agent', { contexts: [proposalContext] });
const approvals = pair('approvals-1', 'approvals', { nbf: 1_767_600_000, exp: 1_767_700_000 });
const keys = trustedKeysFrom({ keys: [agent.jwk, approvals.jwk] });
const at = '2026-01-05T09:00:00.000Z';

describe('a signature', () => {
  const payload = { b: 1, a: ['x', { y: null }] };
  const signature = approvals.signer.sign('test/v1', payload);
  const verify = (
    changes: Partial<Record<'context' | 'payload' | 'value' | 'kid' | 'at', unknown>>,
  ) =>
    keys.verify(
      (changes.context ?? 'test/v1') as string,
      changes.payload ?? payload,
      {
        ...signature,
        ...(changes.kid !== undefined && { kid: changes.kid as string }),
        ...(changes.value !== undefined && { value: changes.value as string }),
      },
      ['approvals'],
      (changes.at ?? at) as string,
    );

  it('is ES256 in the form of a JWS, 64 bytes in base64url', () => {
    expect(signature).toMatchObject({ kid: 'approvals-1', alg: 'ES256' });
    expect(signature.value).toMatch(/^[A-Za-z0-9_-]{86}$/);
  });

  it('holds for the same value in any order of properties', () => {
    expect(verify({})).toBe(true);
    expect(verify({ payload: { a: ['x', { y: null }], b: 1 } })).toBe(true);
  });

  it.each<[string, Parameters<typeof verify>[0]]>([
    ['another value', { payload: { ...payload, b: 2 } }],
    ['a value without canonical form', { payload: { b: NaN } }],
    ['another context', { context: 'test/v2' }],
    ['an unknown key', { kid: 'nobody' }],
    ["another service's key", { kid: 'agent-1' }],
    ['a changed signature', { value: `${signature.value.slice(0, -4)}AAAA` }],
    ['an empty signature', { value: '' }],
    ['a time before the key', { at: '2025-01-05T09:00:00.000Z' }],
    ['the instant at which the key ends', { at: new Date(1_767_700_000_000).toISOString() }],
    ['an unreadable time', { at: 'now' }],
  ])('does not hold for %s', (_, changes) => {
    expect(verify(changes)).toBe(false);
  });

  it('that held once holds again, and for nothing and nobody else', () => {
    for (let n = 0; n < 2; n += 1) {
      expect(verify({})).toBe(true);
      expect(verify({ payload: { ...payload, b: 2 } })).toBe(false);
      expect(verify({ context: 'test/v2' })).toBe(false);
      expect(keys.verify('test/v1', payload, { ...signature, kid: 'agent-1' }, ['agent'], at)).toBe(
        false,
      );
    }
    const both = [approvals.jwk, pair('other-1', 'approvals').jwk];
    const more = trustedKeysFrom({ keys: both });
    for (const kid of ['approvals-1', 'other-1', 'approvals-1']) {
      const held = more.verify('test/v1', payload, { ...signature, kid }, ['approvals'], at);
      expect(held).toBe(kid === 'approvals-1');
    }
  });

  it('counts only when its service may say it, in a context that the key is for', () => {
    expect(keys.verify('test/v1', payload, signature, ['agent'], at)).toBe(false);
    expect(keys.verify('test/v1', payload, signature, [], at)).toBe(false);
    const byAgent = agent.signer.sign('test/v1', payload);
    expect(keys.verify('test/v1', payload, byAgent, ['agent'], at)).toBe(false);
  });

  it('holds only under the algorithm that it names', () => {
    const other = { ...signature, alg: 'none' } as never;
    expect(keys.verify('test/v1', payload, other, ['approvals'], at)).toBe(false);
  });
});

describe('trusted keys', () => {
  it.each<[string, unknown]>([
    [
      'a private key',
      { ...agent.privateKey.export({ format: 'jwk' }), kid: 'a', service: 'agent' },
    ],
    ['a key without a service', { ...agent.jwk, service: undefined }],
    ['a key of another kind', { kty: 'oct', k: 'AAAA', kid: 'a', service: 'agent' }],
  ])('refuse %s', (_, jwk) => {
    expect(() => trustedKeysFrom({ keys: [jwk] })).toThrow();
  });

  it('refuse the same name twice', () => {
    expect(() => trustedKeysFrom({ keys: [agent.jwk, agent.jwk] })).toThrow('twice');
  });

  it('sign only with a private P-256 key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expect(() => signerFrom(rsa.privateKey, 'a')).toThrow(TypeError);
    expect(() => signerFrom(rsa.publicKey, 'a')).toThrow(TypeError);
    expect(() => signerFrom(agent.privateKey.export({ format: 'jwk' }), 'a')).not.toThrow();
  });
});

const proposal: UnsignedProposal = {
  proposalId: '6b1f9c3e-0000-4000-8000-000000000001',
  caseId: '6b1f9c3e-0000-4000-8000-000000000002',
  requestId: '6b1f9c3e-0000-4000-8000-000000000003',
  tool: { name: 'crm.reply', version: 1, digest: 'a'.repeat(64) },
  digest: 'b'.repeat(64),
  author: { type: 'agent', id: 'agent' },
  createdAt: at,
  evidence: [{ kind: 'intake', ref: 'intake-1', digest: 'c'.repeat(64) }],
  flags: ['amount > 100'],
  model: { id: 'scripted', promptSha256: 'd'.repeat(64), toolset: ['crm.read@1'] },
};
const decision: DecisionRecord = {
  proposalId: proposal.proposalId,
  caseId: proposal.caseId,
  digest: proposal.digest,
  tool: proposal.tool,
  workflow: { name: 'support-ticket', version: 1, digest: 'e'.repeat(64) },
  policy: null,
  stage: 'human-approval',
  authority: 'human-approval',
  caseRevision: 5,
  evidence: ['c'.repeat(64)],
  flagsShown: ['amount > 100'],
  approver: { sub: 'ana', role: 'supervisor' },
  nonce: 'f'.repeat(32),
  decidedAt: at,
  expiresAt: '2026-01-07T09:00:00.000Z',
  executableUntil: '2026-01-06T09:00:00.000Z',
};
/** Every copy of `value` with one leaf changed, at any depth. */
const tampered = (value: unknown): unknown[] => {
  if (Array.isArray(value)) {
    return [
      [...(value as unknown[]), 'one more'],
      ...value.flatMap((item, n) => tampered(item).map((other) => value.with(n, other))),
    ];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) =>
      tampered(item).map((other) => ({ ...value, [name]: other })),
    );
  }
  if (value === null) return ['something'];
  return [typeof value === 'number' ? value + 1 : `${value as string} `];
};

describe('I4 a signed proposal', () => {
  const signed = signProposal(proposal, agent.signer);

  it('is the proposal and its signature', () => {
    expect(payloadOf(signed)).toEqual(proposal);
    expect(verifyProposal(signed, keys)).toBe(true);
  });

  it('is false once any field is another', () => {
    const copies = tampered(proposal);
    expect(copies.length).toBeGreaterThan(15);
    for (const copy of copies) {
      expect(
        verifyProposal({ ...(copy as UnsignedProposal), signature: signed.signature }, keys),
      ).toBe(false);
    }
  });

  it('speaks for a model only when the agent signed, for a person only when approvals did', () => {
    const byPerson = { ...proposal, author: { type: 'human', id: 'lena' } } as const;
    expect(verifyProposal(signProposal(byPerson, approvals.signer), keys)).toBe(true);
    expect(verifyProposal(signProposal(byPerson, agent.signer), keys)).toBe(false);
    expect(verifyProposal(signProposal(proposal, approvals.signer), keys)).toBe(false);
    const byRule = { ...proposal, author: { type: 'rule', id: 'x' } } as const;
    expect(verifyProposal(signProposal(byRule, approvals.signer), keys)).toBe(false);
  });
});

describe('I4 a countersigned decision', () => {
  const signature = signDecision(decision, approvals.signer);

  it('verifies as it was signed and is false once any field is another', () => {
    expect(verifyDecision(decision, signature, keys)).toBe(true);
    for (const copy of tampered(decision)) {
      expect(verifyDecision(copy as DecisionRecord, signature, keys)).toBe(false);
    }
  });

  it('cannot be made by the agent, nor from a signature under another context', () => {
    expect(verifyDecision(decision, agent.signer.sign(decisionContext, decision), keys)).toBe(
      false,
    );
    const asProposal = approvals.signer.sign(proposalContext, decision);
    expect(verifyDecision(decision, asProposal, keys)).toBe(false);
  });
});

import { z } from 'zod';
import { actor, instant, reference } from './envelope.js';
import { roles, stages } from './case-states.js';

const uuid = z.uuid();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** ES256 in IEEE P1363 form (base64url) over `"{context}\n" + JCS(payload)`. */
export const signature = z.strictObject({
  kid: z.string().min(1),
  alg: z.literal('ES256'),
  value: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type Signature = z.infer<typeof signature>;

/** What the target looked like when the proposal was made; re-read before it runs (I25). */
export const witness = z.strictObject({ resource: z.string(), etag: z.string() });
export type Witness = z.infer<typeof witness>;

/** The part of a proposal that speaks of people; always sealed at rest and on the wire. */
export const proposalContent = z.strictObject({
  arguments: z.record(z.string(), z.unknown()),
  witness: witness.nullable(),
  /** 128 random bits (hex): without it a digest could be guessed from the arguments. */
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  rationale: z.string().max(4_000),
  /** What the target held when the witness was taken, for the person who compares. */
  target: z.record(z.string(), z.unknown()).nullable(),
});
export type ProposalContent = z.infer<typeof proposalContent>;

/** Where a claim of the proposal comes from; `digest` pins the text that was read. */
export const evidence = z.strictObject({
  kind: z.enum(['intake', 'tool', 'person']),
  ref: z.string().min(1),
  digest,
});
export type Evidence = z.infer<typeof evidence>;

const unsignedProposal = z.strictObject({
  proposalId: uuid,
  caseId: uuid,
  /** The request it answers. */
  requestId: uuid,
  tool: reference,
  /** SHA-256 of JCS({proposalId, caseId, tool@version, arguments, witness, salt}). */
  digest,
  author: actor,
  createdAt: instant,
  evidence: z.array(evidence).max(32),
  flags: z.array(z.string()).max(16),
  /** Model, prompt and tool set that made it; absent when a person wrote it. */
  model: z
    .strictObject({ id: z.string(), promptSha256: digest, toolset: z.array(z.string()) })
    .optional(),
  supersedes: uuid.optional(),
});
export const proposal = unsignedProposal.extend({ signature });
export type UnsignedProposal = z.infer<typeof unsignedProposal>;
export type Proposal = z.infer<typeof proposal>;

/** What an approver's decision binds; the approvals service signs it, the executor verifies it. */
export const decisionRecord = z.strictObject({
  proposalId: uuid,
  caseId: uuid,
  digest,
  tool: reference,
  workflow: reference,
  /** Policy verdicts join later; the field stands so that the record need not change. */
  policy: z.null(),
  stage: z.enum(stages),
  authority: z.literal('human-approval'),
  caseRevision: z.int().nonnegative(),
  evidence: z.array(digest),
  flagsShown: z.array(z.string()),
  approver: z.strictObject({ sub: z.string().min(1), role: z.enum(roles) }),
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  decidedAt: instant,
  expiresAt: instant,
  /** No first call at or after this instant. */
  executableUntil: instant,
});
export type DecisionRecord = z.infer<typeof decisionRecord>;

export const proposalContext = 'countersign/proposal/v1';
export const decisionContext = 'countersign/decision/v1';

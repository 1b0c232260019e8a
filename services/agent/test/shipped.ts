import { generateKeyPairSync, hash } from 'node:crypto';
import { join } from 'node:path';
import type { DefinitionStream, Reference } from '@countersign/contracts';
import { readConfigFolder } from '@countersign/configuration';
import { compileSchema, loadTools, nameAndVersion, type Tool } from '@countersign/tools';
import { digestOf, signerFrom, signProposal, trustedKeysFrom } from '@countersign/trust';
import { z } from 'zod';
import { capsOf, timesWithin, type AskedCaps } from '../src/domain/caps.js';
import type { Profile } from '../src/domain/profile.js';
import { fixedRules } from '../src/domain/prompt.js';
import type { RunRules } from '../src/domain/standing.js';

export const repository = join(import.meta.dirname, '..', '..', '..');

/** What the demo deployment ships. */
export const tools = loadTools(join(repository, 'config', 'tools'));
export const toolNamed = (name: string): Tool =>
  tools.find(({ reference }) => nameAndVersion(reference) === name)!;

type Stored = DefinitionStream['DefinitionStored'];
type Document = Record<string, unknown> & {
  profile: string;
  version: number;
  produces: 'result' | 'proposal';
  system: string;
  tools: { read: string[]; write?: string[] };
  output?: Record<string, unknown>;
  caps: AskedCaps;
};

const pinned = (name: string): string => `${name}#${toolNamed(name).reference.digest}`;

/** Profiles with their tools pinned, as the orchestrator keeps them. */
export const profileDocuments: readonly Document[] = readConfigFolder(
  join(repository, 'config', 'profiles'),
  z.looseObject({ profile: z.string() }),
).map(({ value }) => {
  const document = value as unknown as Document;
  const { read, write = [] } = document.tools;
  return { ...document, tools: { read: read.map(pinned), write: write.map(pinned) } };
});

export const referenceOf = (document: Document): Reference => ({
  name: document.profile,
  version: document.version,
  digest: digestOf(document),
});

export const documentOf = (name: string): Document =>
  profileDocuments.find(({ profile }) => profile === name)!;

/** Everything that a run needs to find in `definition-*`. */
export const definitions = (
  profiles: readonly Document[] = profileDocuments,
): readonly Stored[] => [
  ...tools.map(({ reference, document }) => ({ kind: 'tool' as const, ...reference, document })),
  ...profiles.map((document) => ({
    kind: 'profile' as const,
    ...referenceOf(document),
    document,
  })),
];

/** The profile as the service builds it from the stored document. */
export const profileNamed = (name: string, caps: Partial<AskedCaps> = {}): Profile => {
  const document = documentOf(name);
  const offered = [...document.tools.read, ...(document.tools.write ?? [])].map((pin) =>
    toolNamed(pin.split('#')[0]!),
  );
  const system = `${document.system.trimEnd()}\n\n${fixedRules}`;
  const { output } = document;
  const fits = output && compileSchema(output);
  return {
    reference: referenceOf(document),
    produces: document.produces,
    system,
    promptSha256: hash('sha256', system),
    tools: offered,
    toolset: offered.map(({ reference }) => nameAndVersion(reference)),
    output: output && fits && { schema: output, fits: (value) => fits(value) === true },
    caps: capsOf({ ...document.caps, ...caps }),
  };
};

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const signer = signerFrom(privateKey, 'agent-test');
export const trusted = trustedKeysFrom({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'agent-test', service: 'agent' } as never],
});

export const rulesFor = (profile: Profile, leaseMs = 60_000): RunRules => ({
  profile,
  model: 'a-model',
  times: timesWithin(leaseMs),
  sign: (proposal) => signProposal(proposal, signer),
});

/** A ticket about the order that the demo CRM has under `A-20931`, by its own customer. */
export const ticket = {
  ticket: 'T-1',
  customer: { id: '0931', name: 'Ada Novak' },
  subject: 'Refund',
  body: 'Please refund my order A-20931, the lamp came broken.',
};

export const refundArguments = {
  order: 'A-20931',
  customer: '0931',
  reply: { subject: 'Your refund', text: 'We pay back 49.90 EUR.' },
  change: { kind: 'refund', amountCents: 4_990, currency: 'EUR' },
};

import { streams } from '@countersign/contracts';
import { effectIdOf, ignore, record, refuse, type Decider, type Fact } from '@countersign/decider';
import { ConfigurationError } from '@countersign/configuration';
import { handle, type Journal } from '@countersign/event-store';
import type { KeptDocument, NamedDocument } from './documents.js';
import type { DefinitionSet } from './read-definitions.js';

type Kept = Fact<'DefinitionStored', KeptDocument>;
type Named = Fact<'DefinitionNamed', NamedDocument>;

/** A document is kept once; its stream is named by its digest, so nothing else can be in it. */
const keeping: Decider<KeptDocument, Kept, boolean> = {
  initial: false,
  decide: ({ body }, kept) =>
    kept ? ignore('kept already') : record({ type: 'DefinitionStored', data: body }),
  evolve: () => true,
};

/** A name and version means one document for ever. */
const naming: Decider<NamedDocument, Named, string | undefined, string> = {
  initial: undefined,
  decide: ({ body }, digest) => {
    if (digest === undefined) return record({ type: 'DefinitionNamed', data: body });
    return digest === body.digest ? ignore('named already') : refuse(digest);
  },
  evolve: (_, { data }) => data.digest,
};

const namespace = '6d0a4b1e-8c0f-5b63-a1d4-3b1f3b9c1f77';

/**
 * Keeps what the configuration defines in `definition-*`, before anything uses it.
 * @throws ConfigurationError a name and version that means another document already
 * @throws StoreUnavailable
 */
export const keepDefinitions = async (journal: Journal, set: DefinitionSet): Promise<void> => {
  await Promise.all(
    set.documents.map((document) =>
      handle(
        journal,
        streams.definition(document.digest),
        {},
        inputFor(journal, document, document.digest),
        keeping,
      ),
    ),
  );
  const clashes: string[] = [];
  for (const named of set.names) {
    const { kind, name, version, digest } = named;
    const handled = await handle(
      journal,
      streams.definitionName(kind, name, version),
      {},
      inputFor(journal, named, digest),
      naming,
    );
    if (handled.kind === 'refused') {
      clashes.push(
        `${kind} ${name}@${version}: the store knows this version with digest ${handled.refusal}, the configuration has ${digest}; give the change a new version`,
      );
    }
  }
  if (clashes.length > 0) throw new ConfigurationError(clashes);
};

const inputFor = <Body extends { kind: string; name: string; version: number }>(
  journal: Journal,
  body: Body,
  digest: string,
) => {
  const id = effectIdOf(namespace, `${body.kind}:${body.name}@${body.version}#${digest}`);
  return {
    id,
    actor: { type: 'service', id: 'orchestrator' } as const,
    occurredAt: journal.clock.now(),
    correlationId: id,
    caseId: id,
    subjects: [],
    body,
  };
};

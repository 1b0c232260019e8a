import { CannotStart } from '../host/cannot-start.js';
import type { Product, ProductAddresses } from '../host/start-product.js';
import type { Settings } from '../settings.js';
import { tokenFor } from './front-door.js';
import type { Write } from './print.js';

/** Errors that say what to do; anything else is a defect and shows its stack. */
const namedErrors = new Set([
  'CannotStart',
  'CannotListen',
  'ConfigurationError',
  'FileUnusable',
  'SubjectKeysMismatch',
  'DeploymentKeysIncomplete',
  'KafkaCannotStart',
]);

/** The one line that a user needs, when the product does not start. */
export const whyNotStarted = (error: unknown): string | undefined =>
  error instanceof Error && namedErrors.has(error.name) ? error.message : undefined;

/** Loads the product only where it is started: the other commands need a quarter of the time. */
export const startedHere = async (settings: Settings): Promise<Product> => {
  const { startProduct } = await import('../host/start-product.js');
  return startProduct({ settings });
};

/** `start`: the whole product in one process, until Ctrl-C. */
export const start = async (settings: Settings, write: Write): Promise<void> => {
  const startedAt = performance.now();
  const product = await startedHere(settings);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const token = await tokenFor(
    { frontDoor: product.addresses.approvals, issuer: product.addresses.issuer },
    'demo',
  );
  // Listening for Ctrl-C before it is said that it works.
  const stopped = stopOnSignal(product, write);
  announcement(product.addresses, settings, token, seconds).forEach(write);
  await stopped;
};

/** Stops on Ctrl-C and SIGTERM; a second signal does not wait. */
export const stopOnSignal = (product: Pick<Product, 'stop'>, write: Write): Promise<void> =>
  new Promise((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(1);
      stopping = true;
      write('draining…');
      product
        .stop()
        .then(() => write('stopped: nothing is lost, start again to go on'))
        .catch((error: unknown) => {
          write(`stopped with trouble: ${String(error)}`);
          process.exitCode = 1;
        })
        .finally(resolve);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });

/** What is said when the product is up. */
export const announcement = (
  at: ProductAddresses,
  { data, crmUrl, modelBaseUrl, modelId }: Settings,
  token: string,
  seconds: string,
): string[] => [
  '',
  `Countersign is up (${seconds} s). Agents propose. People countersign. The workflow remembers.`,
  '',
  `  inbox and front door   ${at.approvals}      ← open this and sign in as ana`,
  `  intake                 ${at.intake}`,
  `  orchestrator           ${at.orchestrator}`,
  `  agent                  ${at.agent}`,
  `  executor               ${at.executor}`,
  ...(at.crm ? [`  ${crmUrl ? 'target crm         ' : 'demo CRM and ledger'}    ${at.crm}`] : []),
  ...(modelBaseUrl ? [`  model                  ${modelBaseUrl} (${modelId})`] : []),
  ...(at.model && !modelBaseUrl ? [`  scripted model         ${at.model}`] : []),
  `  development issuer     ${at.issuer}`,
  `  data folder            ${data}`,
  '',
  'Send a ticket of your own:',
  '',
  ...curlFor(at, token),
  '',
  'Watch it:  ./countersign case list      Feed the samples:  npm run demo      Stop:  Ctrl-C',
];

const curlFor = (at: ProductAddresses, token: string): string[] => {
  const ticket = {
    specversion: '1.0',
    id: `mine-${Date.now().toString(36)}`,
    source: 'https://demo.example/tickets',
    type: 'support.ticket.created.v1',
    data: {
      customer: { id: '1042', name: 'Mara Lind', email: 'mara@example.test' },
      subject: 'Broken mug',
      body: 'The mug from order A-1042 arrived broken. Please refund 5.00 EUR.',
    },
  };
  return [
    `TOKEN=${token}`,
    `curl -sS ${at.intake}/v1/intake -H "authorization: Bearer $TOKEN" \\`,
    `  -H 'content-type: application/cloudevents+json' \\`,
    `  -d '${JSON.stringify(ticket)}'`,
  ];
};

export { CannotStart };

import { join } from 'node:path';
import { printableSettings, settingsTable as settingsAsMarkdown } from '@countersign/configuration';
import { reasonCodes, services } from '@countersign/contracts';
import { systemClock } from '@countersign/time';
import { Command, Option } from 'commander';
import { settingsOfProcess, settingsTable } from '../settings.js';
import { explainCase, listCases, showCase, showTimeline, type Asking } from './cases.js';
import {
  decide,
  declineAssistance,
  listApprovals,
  listAssistance,
  proposeInstead,
  resolveExecution,
  showDocument,
} from './decisions.js';
import {
  listDeadLetters,
  replayDeadLetters,
  showDeadLetters,
  type Narrowing,
  type Replaying,
} from './dead-letters.js';
import { runDemo } from './demo.js';
import { exitCodes, tokenFor } from './front-door.js';
import { showLogs } from './logs.js';
import { createTopics, makeDeploymentKeys } from './deployment.js';
import { start } from './start.js';
import { startServices } from './start-services.js';

const write = (line: string) => void process.stdout.write(`${line}\n`);

interface Common {
  readonly url?: string;
  readonly issuer?: string;
  readonly as: string;
  readonly json?: boolean;
}

const addressesOf = ({ url, issuer }: Pick<Common, 'url' | 'issuer'>) => {
  const settings = settingsOfProcess();
  return {
    frontDoor: url ?? `http://127.0.0.1:${settings.approvalsPort}`,
    issuer: issuer ?? `http://127.0.0.1:${settings.issuerPort}`,
  };
};

const askingOf = (options: Common): Asking => ({
  addresses: addressesOf(options),
  as: options.as,
  json: options.json ?? false,
  write,
  now: systemClock().now,
});

/** A command that asks the running product as somebody. */
const asks = (parent: Command, name: string, summary: string, persona = 'ana'): Command =>
  parent
    .command(name)
    .description(summary)
    .option('--url <url>', 'front door; http://127.0.0.1:APPROVALS_PORT unless said')
    .option('--issuer <url>', 'development issuer; http://127.0.0.1:DEV_ISSUER_PORT unless said')
    .option('--as <persona>', 'who asks', persona)
    .option('--json', 'one JSON document instead of text');

const reason = () =>
  new Option('--reason <code>', 'why, from the closed list')
    .choices(reasonCodes)
    .makeOptionMandatory();

/** The whole command line. */
export const program = (): Command => {
  const root = new Command('countersign')
    .description('Agents propose. People countersign. The workflow remembers.')
    .showHelpAfterError()
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
    });
  addRunning(root);
  addDeployment(root);
  addCases(root.command('case').description('cases and their stories'));
  addApprovals(root.command('approval').description('what waits for a decision'));
  addAssistance(root.command('assistance').description('what waits for a person to propose'));
  addExecutions(root.command('execution').description('what was, or may have been, written'));
  addDeadLetters(root.command('dead-letters').description('what a service could not take'));
  return root;
};

const addRunning = (root: Command): void => {
  root
    .command('start')
    .description('run the whole product in one process on the embedded world')
    .action(() => start(settingsOfProcess(), write));
  root
    .command('start-services')
    .description('run it as five processes over Kafka and an event store, which it starts too')
    .action(() => startServices(settingsOfProcess(), write));
  root
    .command('demo')
    .description('feed the sample tickets and show every case move')
    .option('--approve', 'also decide on them, and end with a summary')
    .option('--short', 'three tickets instead of all')
    .option('--json', 'one line a step, one a case, one summary')
    .action((options: { approve?: boolean; short?: boolean; json?: boolean }) =>
      runDemo(settingsOfProcess(), options, write),
    );
  root
    .command('token')
    .description('print a token of the development issuer')
    .requiredOption('--as <persona>', 'ana, ben, lena, sam, rita, paul, adam, shop or demo')
    .option('--issuer <url>', 'development issuer; http://127.0.0.1:DEV_ISSUER_PORT unless said')
    .action(async (options: Pick<Common, 'as' | 'issuer'>) =>
      write(await tokenFor(addressesOf(options), options.as)),
    );
  root
    .command('logs')
    .description('log lines of one case or correlation, of all services, by time')
    .option('--case <id>', 'case id')
    .option('--correlation <id>', 'correlation id')
    .option('--json', 'the lines as they are')
    .action((options: { case?: string; correlation?: string; json?: boolean }) =>
      showLogs(
        join(settingsOfProcess().data, 'logs'),
        { caseId: options.case, correlationId: options.correlation },
        options.json ?? false,
        write,
      ),
    );
  root
    .command('config')
    .description('the settings in force, secrets withheld')
    .option('--table', 'every setting there is, as Markdown')
    .action(({ table }: { table?: boolean }) => {
      if (table) return write(settingsAsMarkdown(settingsTable).trimEnd());
      const values = printableSettings(settingsTable, settingsOfProcess());
      return Object.entries(values).forEach(([name, value]) => write(`${name}=${value}`));
    });
};

const addDeployment = (root: Command): void => {
  root
    .command('keys')
    .description('make the keys of a deployment, once, in the data folder')
    .action(() => makeDeploymentKeys(settingsOfProcess(), write));
  root
    .command('topics')
    .description('the topics of the bus')
    .command('create')
    .description('make every topic that does not exist yet, at KAFKA_BROKERS')
    .action(() => createTopics(settingsOfProcess(), write));
};

const addCases = (cases: Command): void => {
  asks(cases, 'list', 'cases, oldest first')
    .option('--state <states>', 'comma-separated case states')
    .option('--workflow <name>', 'one workflow')
    .option('--owner <name>', 'who answers for its workflow, or for the queue it waits in')
    .option('--queue <name>', 'only what waits for people in that queue')
    .option('--open <true|false>', 'only cases that have not ended, or that have')
    .option('--sort <key>', 'openedAt, updatedAt or dueAt')
    .option('--order <order>', 'asc or desc')
    .option('--limit <n>', 'at most so many, 200 at the most')
    .action((options: Common & Record<string, string>) => {
      const { state, workflow, owner, queue, open, sort, order, limit } = options;
      const given = Object.entries({ state, workflow, owner, queue, open, sort, order, limit });
      const query = given.filter((entry): entry is [string, string] => entry[1] !== undefined);
      return listCases(askingOf(options), Object.fromEntries(query));
    });
  asks(cases, 'show', 'where a case stands')
    .argument('<case>')
    .action((id: string, options: Common) => showCase(askingOf(options), id));
  asks(cases, 'timeline', 'who, what, when, why, how long')
    .argument('<case>')
    .action((id: string, options: Common) => showTimeline(askingOf(options), id));
  asks(cases, 'why', 'what a case waits for and what unblocks it')
    .argument('<case>')
    .action((id: string, options: Common) => explainCase(askingOf(options), id));
};

const addApprovals = (approvals: Command): void => {
  asks(approvals, 'list', 'proposals, first to expire first')
    .option('--state <state>', 'open, ended or uncertain', 'open')
    .action((options: Common & { state: string }) =>
      listApprovals(askingOf(options), options.state),
    );
  asks(approvals, 'show', 'one proposal with everything that it binds')
    .argument('<proposal>')
    .action((id: string, options: Common) =>
      showDocument(askingOf(options), `/v1/approvals/${encodeURIComponent(id)}`),
    );
  asks(approvals, 'approve', 'approve exactly what is shown now')
    .argument('<proposal>')
    .option('--comment <text>', 'for the record')
    .action((id: string, options: Common & { comment?: string }) =>
      decide(askingOf(options), id, { decision: 'approve', comment: options.comment }),
    );
  for (const decision of ['reject', 'request-changes'] as const) {
    asks(approvals, decision, decision === 'reject' ? 'say no' : 'ask for another proposal')
      .argument('<proposal>')
      .addOption(reason())
      .option('--comment <text>', 'for the record, and for the next proposal')
      .action((id: string, options: Common & { reason: string; comment?: string }) =>
        decide(askingOf(options), id, {
          decision,
          reason: options.reason,
          comment: options.comment,
        }),
      );
  }
};

const addAssistance = (assistance: Command): void => {
  asks(assistance, 'list', 'requests for a proposal').action((options: Common) =>
    listAssistance(askingOf(options)),
  );
  asks(assistance, 'propose', 'write the proposal that the agent could not')
    .argument('<request>')
    .requiredOption('--tool <name@version>', 'one of the tools that the request names')
    .requiredOption('--arguments <file>', 'JSON file with the arguments; - for standard input')
    .option('--rationale <text>', 'why', '')
    .action(
      (id: string, options: Common & { tool: string; arguments: string; rationale: string }) =>
        proposeInstead(askingOf(options), id, options),
    );
  asks(assistance, 'decline', 'say that nothing will be proposed')
    .argument('<request>')
    .addOption(reason())
    .option('--comment <text>', 'for the record')
    .action((id: string, options: Common & { reason: string; comment?: string }) =>
      declineAssistance(askingOf(options), id, options),
    );
};

const addExecutions = (executions: Command): void => {
  asks(executions, 'show', 'the standing of one execution')
    .argument('<proposal>')
    .action((id: string, options: Common) =>
      showDocument(askingOf(options), `/v1/executions/${encodeURIComponent(id)}`),
    );
  asks(executions, 'resolve', 'say whether an uncertain write happened')
    .argument('<proposal>')
    .addOption(
      new Option('--outcome <outcome>', 'what you found')
        .choices(['done', 'not-done'])
        .makeOptionMandatory(),
    )
    .requiredOption('--evidence <text>', 'how you know')
    .action((id: string, options: Common & { outcome: string; evidence: string }) =>
      resolveExecution(askingOf(options), id, options),
    );
};

const addDeadLetters = (deadLetters: Command): void => {
  const operates = (name: string, summary: string) =>
    asks(deadLetters, name, summary, 'sam').addOption(
      new Option('--service <service>', 'of one service only').choices(services),
    );
  const causeText = 'only those with this cause: its code, or words of its text';
  operates('list', 'fenced keys and refused records, with their causes')
    .option('--cause <cause>', causeText)
    .action((options: Common & Narrowing) => listDeadLetters(askingOf(options), options));
  operates('show', 'all that is kept of one: cause, headers, value; personal data stays sealed')
    .argument('<id>', 'id, key, or id of a message')
    .action((id: string, options: Common & Narrowing) =>
      showDeadLetters(askingOf(options), id, options),
    );
  operates('replay', 'take it again, in order, and let its key move; or all of one cause')
    .argument('[id]', 'id, key, or id of a message')
    .option('--cause <cause>', causeText)
    .option('--skip <id...>', 'records to give up, by id; they stay among the dead letters')
    .option('--dry-run', 'only say what would be taken')
    .action((id: string | undefined, options: Common & Replaying) =>
      replayDeadLetters(askingOf(options), id, options),
    );
};

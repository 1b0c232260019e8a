import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandFailed, exitCodes } from './front-door.js';
import { plain, type Write } from './print.js';

interface Line {
  readonly ts: string;
  readonly level: string;
  readonly service: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** `logs`: the lines of one case (or correlation) of all services, by time. */
export const showLogs = async (
  folder: string,
  filter: { readonly caseId?: string | undefined; readonly correlationId?: string | undefined },
  json: boolean,
  write: Write,
): Promise<void> => {
  if (!existsSync(folder)) {
    throw new CommandFailed(`no logs in ${folder}: set COUNTERSIGN_DATA`, exitCodes.notFound);
  }
  const lines: Line[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
    for await (const text of createInterface({ input: createReadStream(join(folder, file)) })) {
      const line = parsed(text);
      if (line && matches(line, filter)) lines.push(line);
    }
  }
  lines.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  for (const line of lines) write(json ? JSON.stringify(line) : readable(line));
  if (lines.length === 0) {
    throw new CommandFailed('no line of that case; logs are kept for a while', exitCodes.notFound);
  }
};

/** A line cut by a killed process is no line. */
const parsed = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};

const matches = (
  line: Line,
  { caseId, correlationId }: { caseId?: string | undefined; correlationId?: string | undefined },
): boolean =>
  (caseId === undefined || line.caseId === caseId) &&
  (correlationId === undefined || line.correlationId === correlationId);

const readable = ({
  ts,
  level,
  service,
  msg,
  stream,
  revision,
  actor,
  causationId,
}: Line): string =>
  plain(
    [ts, level.padEnd(5), service.padEnd(12), msg.padEnd(24), `${stream ?? ''}@${revision ?? ''}`]
      .concat([String(actor ?? ''), `← ${String(causationId ?? '')}`])
      .join('  '),
  );

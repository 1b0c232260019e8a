import type { LogReader } from '../log/reader.js';
import type { RecordedEvent } from '../log/recorded.js';
import type { Resolved } from './recorded-message.js';

const linkType = '$>';

/** Links say `revision@stream`; one that leads nowhere is shown without an event. */
export const resolving =
  (read: LogReader, resolveLinks: boolean) =>
  (event: RecordedEvent): Resolved => {
    if (!resolveLinks || event.type !== linkType) return { event };
    const text = Buffer.from(event.data).toString();
    const at = text.indexOf('@');
    const revision = Number(text.slice(0, at));
    const target = Number.isSafeInteger(revision) && read.event(text.slice(at + 1), revision);
    return { event: target || undefined, link: event };
  };

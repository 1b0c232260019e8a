import type { Log } from '@countersign/telemetry';
import type { Faults } from '../faults.js';
import type { EventLog } from '../log/event-log.js';
import type { PersistentGroups } from '../persistent/groups.js';
import type { Access } from './access.js';

/** What every call is answered from. */
export interface Serving {
  readonly log: EventLog;
  readonly faults: Faults;
  readonly access: Access;
  readonly groups: PersistentGroups;
  readonly diary: Log;
}

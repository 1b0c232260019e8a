import {
  Catch,
  Controller,
  Injectable,
  Module,
  UseFilters,
  UseGuards,
  UsePipes,
  type CanActivate,
  type PipeTransform,
} from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { from, map, throwError, timer } from 'rxjs';
import type { Message } from '@countersign/contracts';
import { MessageContext, OnMessage } from '../src/index.js';

/** What was handled, in order. */
export const seen: string[] = [];
/** What the next handling of a case does instead of succeeding. */
export const faults = new Map<string, () => unknown>();

export const caseIdOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;

@Injectable()
class Ledger {
  write(line: string) {
    seen.push(line);
  }
}

@Injectable()
class NotOnSundays implements CanActivate {
  canActivate = () => !faults.has('guard');
}

class Uppercase implements PipeTransform {
  transform(value: unknown) {
    const message = value as Message<string, { outcome: string }>;
    return { ...message, data: { ...message.data, outcome: message.data.outcome.toUpperCase() } };
  }
}

export class Odd extends Error {}

@Catch(Odd)
class OddIsFine {
  catch() {
    seen.push('odd');
    return from(['fine']);
  }
}

@Controller()
class OutcomeController {
  constructor(private readonly ledger: Ledger) {}

  @OnMessage('RecordOutcome')
  @UseGuards(NotOnSundays)
  @UseFilters(OddIsFine)
  async record(
    @Payload() message: Message<'RecordOutcome', { outcome: string }>,
    @Ctx() context: MessageContext,
  ) {
    await faults.get(message.caseId)?.();
    const { record, attempt } = context;
    this.ledger.write(`${message.data.outcome} ${record.offset} ${attempt.number}`);
  }

  @OnMessage('CaseOutcomePublished')
  @UsePipes(Uppercase)
  publish(@Payload() message: Message<string, { outcome: string }>) {
    const fault = faults.get(message.caseId);
    if (fault) return throwError(fault);
    return timer(5).pipe(map(() => this.ledger.write(message.data.outcome)));
  }
}

@Module({ controllers: [OutcomeController], providers: [Ledger, NotOnSundays] })
export class OutcomeModule {}

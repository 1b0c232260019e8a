import { expect, it } from '@jest/globals';
import { ConfigurationError } from '@countersign/configuration';
import { silentLog } from '@countersign/telemetry';
import { openBackbone } from '../src/backbone.js';

it('an address of a store that no client understands is refused by the name of its setting', () => {
  const settings = { kafkaBrokers: '127.0.0.1:1', eventStoreUrl: 'esdb://a:b@127.0.0.1?tls=x' };
  const open = () => openBackbone(settings, 'intake', silentLog);
  expect(open).toThrow(ConfigurationError);
  expect(open).toThrow(/^EVENTSTORE_URL: esdb:\/\/…@127.* is no connection string/);
});

import { describe, expect, it } from '@jest/globals';
import { printableSettings, settingsFrom } from '@countersign/configuration';
import { backboneSettings } from '../src/service-settings.js';

describe('I23 the password of an event store', () => {
  it('is given to its client, and shown to nobody', () => {
    const url = 'esdb+discover://ana:pa/s@s@store:2113?tls=true';
    const settings = settingsFrom({ EVENTSTORE_URL: url }, backboneSettings);
    expect(settings.eventStoreUrl).toBe(url);
    expect(printableSettings(backboneSettings, settings)['EVENTSTORE_URL']).toBe(
      'esdb+discover://…@store:2113?tls=true',
    );
  });

  it('is not repeated when the address is refused', () => {
    const read = () =>
      settingsFrom({ EVENTSTORE_URL: 'http://ana:secret@store' }, backboneSettings);
    expect(read).toThrow(/^EVENTSTORE_URL must be an address such as .*, not "http:\/\/…@store"$/);
  });
});

// Writes the JSON Schema of every message to libs/contracts/schemas; a test compares them.
import { writeFileSync } from 'node:fs';
import { jsonSchemaOf, messageTypes } from '@countersign/contracts';

for (const type of messageTypes.values()) {
  const file = new URL(
    `../libs/contracts/schemas/${type.type}.v${type.schemaVersion}.json`,
    import.meta.url,
  );
  writeFileSync(file, `${JSON.stringify(jsonSchemaOf(type), null, 2)}\n`);
}

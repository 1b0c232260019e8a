import { canonical } from '@countersign/trust';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const ajv = new Ajv2020({ strict: true, discriminator: true, allErrors: false });
addFormats.default(ajv);
ajv.addKeyword('x-subject');
const compiled = new Map<string, ValidateFunction>();

/**
 * Compiles a JSON Schema 2020-12, with formats and discriminators; the same schema only once.
 * @throws Error what is wrong with the schema
 */
export const compileSchema = (schema: object): ValidateFunction => {
  const form = canonical(schema);
  const found = compiled.get(form) ?? ajv.compile(schema);
  compiled.set(form, found);
  return found;
};

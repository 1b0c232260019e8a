export {
  argumentsFrom,
  argumentsMaxLength,
  validateArguments,
  type ArgumentError,
  type Validated,
} from './arguments.js';
export { changes, type ShownChange } from './changes.js';
export { compileSchema } from './compile-schema.js';
export { functionDefinition, functionName, toolNamed } from './function-names.js';
export { httpToolCaller, type HttpCallerOptions } from './http-caller.js';
export { inProcessToolCaller, type InProcessTarget } from './in-process-caller.js';
export { loadTools } from './load-tools.js';
export { dataClasses, toolManifest, type DataClass, type ToolManifest } from './manifest.js';
export { namesTwice } from './names-twice.js';
export { redact } from './redact.js';
export {
  meaningOf,
  readbackRequestFor,
  referenceIn,
  requestFor,
  UnsafePath,
  witnessRequestFor,
  type ToolRequest,
} from './request.js';
export { strictSchemaProblems, type SchemaProblem } from './strict-schema.js';
export { nameAndVersion, toolFrom, type Tool } from './tool.js';
export {
  answerMaxBytes,
  type CallOptions,
  type CallOutcome,
  type Credentials,
  type ToolCaller,
} from './tool-caller.js';
export { storedTools, type DefinitionReader, type StoredTools } from './stored-tools.js';

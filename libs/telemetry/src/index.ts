export * from './log.js';
export { fileLog, type FileLog, type FileLogOptions } from './file-log.js';
export { linesTo, type LinesOptions } from './lines.js';
export { redacted, redact, withoutSecrets } from './redaction.js';
export { transitionLine, type Transition } from './transition-line.js';

export type * from './port.js';
export { boundedMemory, type BoundedMemory } from './bounded-memory.js';
export { canonical, digestOf } from './canonical.js';
export { proposalDigest, type DigestedProposal } from './proposal-digest.js';
export { signerFrom, trustedKeysFrom, type TrustSet } from './signatures.js';
export {
  payloadOf,
  signDecision,
  signProposal,
  verifyDecision,
  verifyProposal,
} from './signed-documents.js';
export {
  createDeploymentKeys,
  DeploymentKeysIncomplete,
  readSigner,
  readSignerFile,
  readTrustedKeys,
  readTrustFile,
  signingKeyPath,
  trustFilePath,
} from './deployment-keys.js';
export { randomInBlocks } from './random-bytes.js';
export { sealer, SealBroken, type SealedBox } from './sealing.js';
export {
  SubjectKeysUnavailable,
  SubjectKeyUnknown,
  type SubjectKey,
  type SubjectKeys,
} from './subject-keys.js';
export {
  joinSubjectKeys,
  sharedSubjectKeys,
  sqliteSubjectKeys,
  type SubjectKeyFile,
} from './sqlite-subject-keys.js';
export { SubjectKeysMismatch } from './subject-keys-belong.js';

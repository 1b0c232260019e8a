import { readSignOffs } from '@countersign/approvals';
import { readSources } from '@countersign/intake';

/**
 * Who may send events, and how far each tool may go: what the deployment says, not the code.
 * @throws ConfigurationError every fault at its line, a sign-off for a tool that is not there too
 */
export const readDeployment = (folder: string) => ({
  sources: readSources(folder),
  stages: readSignOffs(folder),
});

export type Deployment = ReturnType<typeof readDeployment>;

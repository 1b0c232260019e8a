export { startApprovals } from './approvals.module.js';
export type {
  ApprovalsSettings,
  DevelopmentIssuer,
  FrontedService,
  PageSettings,
  Pending,
  Persona,
} from './settings.js';
export { approvalsSettingsTable } from './main-settings.js';
export { readSignOffs } from './adapters/read-sign-offs.js';

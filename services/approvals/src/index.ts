export { startApprovals } from './approvals.module.js';
export type {
  ApprovalsSettings,
  DevelopmentIssuer,
  FrontedService,
  PageSettings,
  Pending,
  Persona,
} from './settings.js';

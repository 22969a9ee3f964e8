/**
 * Who may do what in the console: the roles, the closed list of capabilities, and the one table between them. Every
 * address of the console's API names one capability and is refused to whoever lacks it.
 */

/** What a person is to a client: their own staff, a consultant, an engineer. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const Capability = Object.freeze({
  /** Health, vocabulary, who one is oneself. */
  readOverview: 'read_overview',
  readRecords: 'read_records',
  /** Sees the values of sensitive fields; others see that there is one. */
  readSensitive: 'read_sensitive',
  readDiscrepancies: 'read_discrepancies',
  readRuns: 'read_runs',
  readSchedules: 'read_schedules',
  readSystems: 'read_systems',
  /** Audit entries about records. */
  readAudit: 'read_audit',
  /** All audit entries, with the addresses that people came from. */
  readWholeAudit: 'read_whole_audit',
  exportAudit: 'export_audit',
  readPlans: 'read_plans',
  /** What could not be processed and waits for an operator. */
  readQuarantine: 'read_quarantine',
  readSettings: 'read_settings',
  /** Asks for a validation, which reads and writes nothing at a vendor. */
  check: 'check',
  previewPlan: 'preview_plan',
  /** Applies plans up to tier 2; above that it asks for approval. */
  applyPlan: 'apply_plan',
  /** Applies plans of tier 3, and approves the plans of others. */
  approvePlan: 'approve_plan',
  controlRuns: 'control_runs',
  handleDiscrepancies: 'handle_discrepancies',
  /** Says which records are the same entity and which are not. */
  decideIdentity: 'decide_identity',
  writeAttributes: 'write_attributes',
  readPayloads: 'read_payloads',
  revealPayloads: 'reveal_payloads',
  /** Modes of client, systems and dimensions, and the pause switches. */
  changeSettings: 'change_settings',
});
export type Capability = (typeof Capability)[keyof typeof Capability];

const VIEWER: readonly Capability[] = [
  Capability.readOverview,
  Capability.readRecords,
  Capability.readDiscrepancies,
  Capability.readRuns,
  Capability.readSchedules,
  Capability.readSystems,
  Capability.readAudit,
];

const OPERATOR: readonly Capability[] = [
  ...VIEWER,
  Capability.readSensitive,
  Capability.readWholeAudit,
  Capability.readPlans,
  Capability.readQuarantine,
  Capability.readSettings,
  Capability.check,
  Capability.previewPlan,
  Capability.applyPlan,
  Capability.controlRuns,
  Capability.handleDiscrepancies,
  Capability.decideIdentity,
  Capability.writeAttributes,
  Capability.readPayloads,
];

/** What each role may do. A role may do everything that the role before it may. */
export const CAPABILITIES_OF: Readonly<Record<Role, readonly Capability[]>> = Object.freeze({
  viewer: VIEWER,
  operator: OPERATOR,
  admin: Object.values(Capability),
});

/** Whether a role has a capability. */
export function may(role: Role, capability: Capability): boolean {
  return CAPABILITIES_OF[role].includes(capability);
}

/** The roles that have a capability, the least powerful first. */
export function rolesWith(capability: Capability): readonly Role[] {
  return ROLES.filter((role) => may(role, capability));
}

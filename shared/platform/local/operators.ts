import { ROLES, type Role } from '#shared/model/capabilities.ts';
import type { Operator, Operators } from '#shared/ports/operators.ts';

/** `<id>:<role>`: lets one machine play several people. Known to the embedded platform alone. */
const DEVELOPER_HEADER = 'x-concord-dev-user';

const DEVELOPER = /^(?<id>[a-z][a-z0-9-]{0,31}):(?<role>[a-z]+)$/;

/** Names under which only this machine reaches itself. */
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * Takes whoever sits at this machine for a developer in a role, with no proof at all. Nobody is known when no role is
 * given, and to requests that name another host: these come through a tunnel that was opened for vendors, or from a
 * page that has pointed its own name at this machine.
 */
export function createLocalOperators({ role }: { readonly role: Role | undefined }): Operators {
  return {
    async identify(headers) {
      if (role === undefined || !LOOPBACK.test(headers['host'] ?? '')) return null;
      const named = headers[DEVELOPER_HEADER];
      return named === undefined ? developer('developer', role) : developerNamed(named);
    },
    // The host listens on the loopback interface alone.
    sourceAddress: () => '127.0.0.1',
  };
}

/** A name that cannot be read is nobody, and not the developer that it may have been meant to replace. */
function developerNamed(text: string): Operator | null {
  const { id, role } = DEVELOPER.exec(text)?.groups ?? {};
  const known = ROLES.find((one) => one === role);
  return id === undefined || known === undefined ? null : developer(id, known);
}

function developer(id: string, role: Role): Operator {
  return { id, name: `${id[0]?.toUpperCase()}${id.slice(1)}`, email: `${id}@example.com`, role };
}

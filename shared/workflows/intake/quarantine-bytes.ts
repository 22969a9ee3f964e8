import { gzipSync } from 'node:zlib';
import { ConcordError, ErrorCode } from '#shared/errors/concord-error.ts';
import { contentHash } from '#shared/model/hash.ts';
import type { SystemId } from '#shared/model/ids.ts';
import { toInstant } from '#shared/model/instant.ts';
import {
  quarantine,
  quarantineParts,
  type QuarantineDocument,
  type QuarantinePart,
} from '#shared/model/intake-documents.ts';
import { create } from '#shared/ports/document-store.ts';
import type { Ports } from '#shared/ports/ports.ts';

/** Base64 characters in one part: with its field name and path it stays below a document's 1 MiB. */
const PART_CHARACTERS = 880_000;

export interface QuarantineRequest {
  /** Equal for every delivery of the same thing. */
  readonly key: string;
  readonly system: SystemId | null;
  readonly kind: QuarantineDocument['kind'];
  /** What is wrong, without its content. */
  readonly problem: string;
  /** Subscription or endpoint it came from. */
  readonly source: string;
  readonly bytes: Uint8Array;
}

/**
 * Keeps bytes that cannot be processed, whole, until an operator decides (M1). Head and parts are one commit.
 *
 * @returns false when they are already kept.
 */
export async function quarantineBytes(
  ports: Pick<Ports, 'store' | 'clock' | 'telemetry'>,
  request: QuarantineRequest,
): Promise<boolean> {
  const head = quarantine.at(contentHash([request.source, request.key]));
  const packed = gzipSync(request.bytes).toString('base64');
  const chunks = Array.from({ length: Math.ceil(packed.length / PART_CHARACTERS) }, (_, index) =>
    packed.slice(index * PART_CHARACTERS, (index + 1) * PART_CHARACTERS),
  );
  const document: QuarantineDocument = {
    system: request.system,
    kind: request.kind,
    problem: request.problem,
    receivedAt: toInstant(ports.clock.now()),
    parts: chunks.length,
    bytes: request.bytes.byteLength,
    source: request.source,
  };
  try {
    await ports.store.commit([
      create(head, document),
      ...chunks.map((chunk, index) =>
        create<QuarantinePart>(quarantineParts.at(head, String(index)), { chunk }),
      ),
    ]);
  } catch (error) {
    if (ConcordError.is(error, ErrorCode.alreadyExists)) return false;
    throw error;
  }
  ports.telemetry.log('warning', 'quarantine.added', { reason: request.kind, count: chunks.length });
  return true;
}

import { formatMilliseconds } from '../../../domain/instant.ts'
import type { Release } from '../../ledger/releases.ts'

/** A release as it is shown; times in RFC 3339, UTC. */
export const releaseJson = ({ release, releases, request, released, why }: Release) => ({
  release,
  state: why === null ? (released === null ? 'requested' : 'released') : 'void',
  why,
  releases,
  reason: request?.reason ?? null,
  requested: request === null ? null : { by: request.by, at: formatMilliseconds(request.at) },
  released:
    released === null
      ? null
      : {
          at: formatMilliseconds(released.at),
          eventId: released.eventId,
          by: released.by,
          observation: released.observation,
        },
})

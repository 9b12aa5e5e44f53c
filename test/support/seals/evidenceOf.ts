import { pino } from 'pino'
import type { UserId } from '../../../domain/identifiers.ts'
import { systemClock } from '../../../src/clock/clock.ts'
import { evidenceRoutes } from '../../../src/http/evidence/evidence.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { readingOf, type Served, serve } from '../pipeline/servedPipeline.ts'
import type { Sealed } from './sealing.ts'

export type EvidenceSources = Parameters<typeof evidenceRoutes>[0]

/** Serves what shows that answers out of a pipeline are the log's, by the clock of this machine. */
export const servingEvidence = (
  pipeline: Pipeline,
  sealed: Sealed,
  changes: Partial<EvidenceSources> = {},
): Promise<Served> =>
  serve(
    evidenceRoutes({
      ...readingOf(pipeline),
      now: systemClock,
      sealed,
      sealEvery: 60,
      log: pino({ level: 'silent' }),
      ...changes,
    }),
  )

export const evidencePath = (user: UserId | string): string => `/users/${user}/evidence`

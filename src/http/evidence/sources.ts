import type { Response } from 'express'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { Inclusion } from '../../evidence/inclusion.ts'
import { problem } from '../problem.ts'
import { notSealed, type SealSources, treeDiffers } from '../seals/sources.ts'
import type { Sources } from '../users/sources.ts'

/** What evidence about users is given out of. */
export interface EvidenceSources extends Sources, SealSources {}

/** The answer where an event is not shown to be in the tree that was signed. */
export const notIncluded = (
  sources: SealSources,
  res: Response,
  { stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>,
  why: Exclude<Inclusion['_tag'], 'included'>,
  what: 'this event' | 'the newest event of this user' = 'this event',
): void => {
  switch (why) {
    case 'later':
      return notSealed(sources, res, what)
    case 'other':
      sources.log.error(
        { stream, revision },
        'an event is not the one that was sealed: it was altered in the event log',
      )
      return problem(
        res,
        'sealed-otherwise',
        `${stream}, revision ${revision}: the log was sealed with another event in its place; it has been logged`,
      )
    case 'damaged':
      return treeDiffers(sources, res, `no proof for ${stream}, revision ${revision}, leads to the signed root`)
    default:
      return why satisfies never
  }
}

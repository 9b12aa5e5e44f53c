import { randomUUID } from 'node:crypto'
import { OBSERVED, type Observation, RELEASED, type Release } from '../../domain/event/ownEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import type { NewEvent } from '../eventStore/recordedEvent.ts'
import { ownEvent } from './ownEvent.ts'

/** What the provider answered, as an event of the user's stream. */
export const observedEvent = (observation: Observation, recordedAt: Instant): NewEvent =>
  ownEvent(randomUUID(), { type: OBSERVED, data: { ...observation }, recordedAt })

/** That what was held back counts from now on, as an event of the user's stream. */
export const releasedEvent = (release: Release, recordedAt: Instant): NewEvent =>
  ownEvent(randomUUID(), { type: RELEASED, data: { ...release }, recordedAt })

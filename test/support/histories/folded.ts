import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { recordedStream } from '../events/storedEvents.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { USER } from './histories.ts'

/** The state of a user of whom these webhooks have arrived. */
export const stateOf = (...arriving: readonly WebhookJson[]): KycState => fold(USER, recordedStream(USER, arriving))

export const kinds = ({ anomalies }: Pick<KycState, 'anomalies'>): readonly string[] =>
  anomalies.map(({ kind }) => kind)

export const shownTime = (instant: Instant | null): string | null =>
  instant === null ? null : formatMilliseconds(instant)

import type { HistoryEntry } from '../../domain/answer/history.ts'
import type { KycEvent } from '../../domain/event/kycEvent.ts'
import { OBSERVED, type OwnEvent, RELEASE_REQUESTED } from '../../domain/event/ownEvent.ts'
import { minutes } from '../../domain/instant.ts'
import { shownName } from '../../domain/treezor/family.ts'
import { instantInWords } from './timeInWords.ts'

/** What of the event of a webhook is told. */
type ToldWebhook = Pick<
  KycEvent,
  '_tag' | 'occurredAt' | 'occurredAtSource' | 'receivedAt' | 'recordedAt' | 'corrected' | 'secret' | 'echoOf'
> & { readonly webhook: Pick<KycEvent['webhook'], 'name'> }

type ToldOwn = Pick<OwnEvent, '_tag' | 'recordedAt' | 'corrected' | 'says'>

/** What of an event is told. */
export type ToldEvent = ToldWebhook | ToldOwn

/** So long after its receipt it may be recorded without anybody having had a part in it. */
const AT_ONCE = minutes(1)

/** The beginning of the fingerprint of a secret: enough to tell it from the others, nothing of the secret itself. */
const secretInWords = (fingerprint: string): string => `${fingerprint.slice(0, 4)}…`

/** What an event is called: its name is not signed, and one that is none is not shown. */
export const nameInWords = (name: string | null): string => shownName(name) ?? UNNAMED

const UNNAMED = 'a webhook without a readable name'

/** What an entry of a history is called: whether its name may be shown was asked before. */
export const nameOfEntry = ({ name, recordedAt }: Pick<HistoryEntry, 'name' | 'recordedAt'>): string =>
  recordedAt === null ? 'an event of which nothing is made' : (name ?? UNNAMED)

const received = ({ receivedAt, recordedAt, corrected }: ToldWebhook): string => {
  const on = `which this service received on ${instantInWords(receivedAt)}`
  const late = recordedAt > receivedAt + AT_ONCE ? ` and recorded on ${instantInWords(recordedAt)}` : ''
  return `${on}${late}${corrected ? ' (as an operator established: the clock was wrong)' : ''}`
}

const webhookInWords = (event: ToldWebhook): string => {
  const when =
    event.occurredAtSource === 'receipt'
      ? `of a time that nothing but its receipt tells, ${instantInWords(event.occurredAt)}`
      : `of ${instantInWords(event.occurredAt)}`
  const again = event.echoOf === null ? '' : ', a payload that was here before'
  const checked = `its signature matched the secret with fingerprint ${secretInWords(event.secret)}`
  return `${nameInWords(event.webhook.name)} ${when}, ${received(event)}${again}; ${checked}`
}

/** What of it was held back is told elsewhere, and so is by whom it was requested. */
const ownInWords = ({ says, recordedAt, corrected }: ToldOwn): string => {
  const when = `recorded on ${instantInWords(recordedAt)}${corrected ? ' (as an operator established: the clock was wrong)' : ''}`
  if (says.type === OBSERVED) return `what the provider answered when it was asked, ${when}; it is not signed`
  if (says.type === RELEASE_REQUESTED) return `the request of a release, ${when}`
  const on = 'observation' in says.data.on ? 'what the provider answered when it was asked' : 'two persons'
  return `the release of a signed event that was held back, ${when}; it rests on that and on ${on}`
}

/**
 * An event as the ground of something: what it is, when it happened, when it came here, and which secret its signature matched. Where that
 * is shortened it ends in an ellipsis, behind which there is no full stop.
 */
export const eventInWords = (event: ToldEvent): string =>
  event._tag === 'Own' ? ownInWords(event) : webhookInWords(event)

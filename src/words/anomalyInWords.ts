import type { AnomalyKind } from '../../domain/state/anomaly.ts'

/** Of a timeline, where also the order of arrival shows something. */
export type OddKind = AnomalyKind | 'late-event'

const SENTENCES: Readonly<Record<OddKind, string>> = {
  'unexpected-transition': 'The state moved in a way that is not expected. It was followed all the same.',
  'no-request-seen': 'The first thing heard is that it is validated. No request for it was seen.',
  echo: 'A payload that was here before, under another id and time or another name, would have changed something. It is never taken for a success.',
  'unknown-value':
    'A field that decides the state is missing, of another type, or holds a value that nobody here knows.',
  'unknown-name': 'The webhook has a name that is not among the known ones. What it says was followed.',
  'envelope-disagrees':
    'The name or the object id of the webhook, which are not signed, say something else than what was signed.',
  'time-not-believed':
    'The time that the webhook claims, or the one at which it was received, cannot be right. Another one is used.',
  'time-unreadable': 'A time is stated that cannot be read.',
  'weakly-dated':
    'A success that nothing but its receipt dates: it may be older than what was decided before. It was not followed.',
  outdated: 'Its signed dates are older than ones that were heard before. It was not followed.',
  'payload-contradicts': 'What was signed contradicts itself.',
  'webhook-id-reused': 'Another payload came under the same webhook id before. Ids are not signed.',
  'life-cycles-contradict': 'The legacy life cycle and the New KYC Life Cycle contradict each other.',
  'identification-superseded': 'A new identification was started while the one before was still open.',
  'identification-contradicts': 'An identification failed, or was found to be a fraud, of a user who stands validated.',
  'observed-otherwise':
    'The provider, when it was asked, said something else than its webhooks. Its answer is not signed: it may take a verification away, and never grants one.',
  'release-void':
    'A release that takes no effect: what it names is not held back, a refusal, closure or contradiction came in between, or nothing confirms it. It was not followed.',
  'after-closure': 'Something came after the provider had closed the user for good. It changes nothing of the status.',
  'user-unknown': 'Whose it is was not known when it was recorded. It was attributed to the user later.',
  'unreadable-event': 'This version of the service cannot read an event, or what it says of the user.',
  'event-altered':
    'The payload of an event is not the one that was received: it was altered in the event log. Nothing that it says is believed.',
  'history-incomplete': 'Events are missing from the history of the user. What was said in them is not known.',
  'history-removed': 'Events of the user were deleted, cut off or hidden in the event store.',
  'not-as-sealed': 'The log is not the one that was sealed, from before an event of the user on.',
  'history-damaged': 'Events of the user lie on a damaged part of the event log and cannot be read.',
  'late-event': 'It came to be known after an event that it precedes. It was put in its place in time.',
}

/** What a kind of anomaly means, for a person: whole sentences. */
export const anomalyInWords = (kind: OddKind): string => SENTENCES[kind]

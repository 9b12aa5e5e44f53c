import { STATUSES } from '../../../domain/answer/status.ts'
import { ANOMALY_KINDS } from '../../../domain/state/anomaly.ts'
import { KINDS_OF_NOBODY } from '../../../projections/unattributed.ts'
import type { Schema, Schemas } from '../description/openApi.ts'
import {
  list,
  NEXT_PAGE,
  object,
  oneOfTexts,
  orNull,
  ref,
  stateOf,
  text,
  time,
  wholeNumber,
  yesOrNo,
} from '../description/schemas.ts'
import { OBSERVED_SCHEMAS } from './observedSchemas.ts'

const someTime = orNull(time())

const GOVERNED_BY = oneOfTexts(['legacy', 'lifecycle'], 'The life cycle that makes the status.')

const listed: Schemas = {
  userId: ref('UserId'),
  status: ref('Status'),
  since: orNull(time()),
  nextReviewDate: orNull({ type: 'string', format: 'date' }),
  verified: yesOrNo('True for validated alone.'),
}

/** A user in the list: by when he is due to go, and where he changed, only where that was asked for; `erased` only there as well. */
const listedUser: Schema = object(
  {
    ...listed,
    status: oneOfTexts([...STATUSES, 'erased']),
    erasureDueAt: time(),
    onHold: yesOrNo('A legal hold stops it.'),
    changed: text('Whoever asks for `changedAfter` this is told what changed meanwhile.'),
  },
  ['erasureDueAt', 'onHold', 'changed'],
)

const identification = (region: 'liveness' | 'qes' | 'videoConference'): Schema =>
  orNull(
    object(
      {
        state: stateOf(region),
        identificationId: text(),
        since: time(),
        score: { type: 'number' },
        result: text(),
        reasons: list(object({ code: text(), message: text() })),
      },
      ['score', 'result'],
    ),
  )

/** What questions about users are answered with. */
export const USER_SCHEMAS: Schemas = {
  ...OBSERVED_SCHEMAS,
  Status: oneOfTexts(STATUSES, 'The one word that is answered of a user.'),
  AnomalyKind: oneOfTexts(ANOMALY_KINDS, 'What an honest, complete history would not contain.'),
  Code: { ...object({ code: { type: 'integer' }, name: text() }), description: "A code of Treezor's with its name." },
  Anomaly: object({
    kind: ref('AnomalyKind'),
    eventId: orNull(ref('EventId')),
    at: someTime,
    detail: text('For a person. Never repeats a value.'),
  }),
  CurrentStatus: {
    ...object({
      userId: ref('UserId'),
      status: ref('Status'),
      verified: yesOrNo('True for validated alone.'),
      governedBy: GOVERNED_BY,
      legacy: object({
        state: stateOf('legacy'),
        review: orNull(ref('Code')),
        level: orNull(ref('Code')),
        userStatus: orNull(text()),
        since: someTime,
      }),
      lifecycle: object({
        state: stateOf('lifecycle'),
        review: orNull(ref('Code')),
        level: orNull(ref('Code')),
        reviewType: orNull(text()),
        codeStatus: orNull(text()),
        lastRequestAt: someTime,
        lastReviewAt: someTime,
        nextReviewDate: orNull(text()),
        since: someTime,
      }),
      documents: list(
        object({
          documentId: text(),
          type: orNull(ref('Code')),
          state: stateOf('documents'),
          codeStatus: orNull(text()),
          since: time(),
        }),
      ),
      liveness: identification('liveness'),
      qes: identification('qes'),
      videoConference: identification('videoConference'),
      observed: orNull(ref('Observed')),
      heldBack: list(ref('HeldBack'), 'The newest 20; of those with one payload the newest alone.'),
      released: orNull(ref('Released')),
      anomalies: list(ref('Anomaly'), 'The newest 20 of each kind.'),
      anomalyCounts: {
        type: 'object',
        description: 'How many there are of each kind.',
        properties: Object.fromEntries(ANOMALY_KINDS.map((kind) => [kind, wholeNumber(1)])),
      },
      events: wholeNumber(0, 'How many events it rests on.'),
      revision: wholeNumber(-1, 'The last event of his own stream; -1 where that holds nothing.'),
      lastEventAt: someTime,
    }),
    description: 'The status of a user and what it rests on. It names no person.',
  },
  Standing: {
    ...object({
      status: ref('Status'),
      verified: yesOrNo(),
      governedBy: GOVERNED_BY,
      legacy: stateOf('legacy'),
      lifecycle: stateOf('lifecycle'),
      documents: { type: 'object', additionalProperties: stateOf('documents') },
      liveness: stateOf('liveness'),
      qes: stateOf('qes'),
      videoConference: stateOf('videoConference'),
    }),
    description: 'How a user stood.',
  },
  HistoryEntry: object(
    {
      eventId: ref('EventId'),
      name: orNull(text('The name of the webhook, or what the service calls an event of its own.')),
      occurredAt: someTime,
      receivedAt: someTime,
      recordedAt: someTime,
      weaklyDated: yesOrNo('Nothing but its receipt tells when it occurred.'),
      corrected: yesOrNo('A wrong clock wrote its receipt.'),
      late: yesOrNo('It came to be known after an event that it precedes.'),
      observation: ref('Observation'),
      release: ref('Release'),
      before: ref('Standing'),
      after: ref('Standing'),
      anomalies: list(
        object({ kind: oneOfTexts([...ANOMALY_KINDS, 'late-event']), eventId: ref('EventId'), detail: text() }),
      ),
      stream: ref('StreamName'),
      revision: ref('Revision'),
      position: ref('Position'),
    },
    ['observation', 'release'],
  ),
  EventOfNobody: object({
    eventId: ref('EventId'),
    revision: ref('Revision'),
    name: orNull(text()),
    occurredAt: someTime,
    recordedAt: someTime,
    kind: oneOfTexts(KINDS_OF_NOBODY),
    detail: text(),
  }),
  UserList: object({ users: list(listedUser), events: list(ref('EventOfNobody')), next: NEXT_PAGE }, ['events']),
  ErasedUser: {
    ...object({
      type: { const: '/problems/user-erased' },
      title: text(),
      status: { const: 410 },
      detail: text(),
      erasedAt: time(),
      erasure: wholeNumber(0, 'The number of the erasure.'),
      record: object({
        stream: ref('StreamName'),
        revision: ref('Revision'),
        eventId: orNull(ref('EventId')),
        position: orNull(ref('Position')),
      }),
      proof: orNull(text('That the record is in the log (C2SP tlog-proof); null until a checkpoint covers it.')),
    }),
    description: 'The records of the user were erased.',
  },
}

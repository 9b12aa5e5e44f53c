import { json } from '../description/answers.ts'
import { inPath, USER_ID } from '../description/asked.ts'
import type { Paths, Schema, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, object, oneOfTexts, orNull, ref, text, time, wholeNumber } from '../description/schemas.ts'

const aReason: Schema = {
  ...text('Why, in one line; names no person more than it must.'),
  minLength: 1,
  maxLength: 500,
}

const step: Readonly<Record<string, Schema>> = { by: text('The name of the key or token.'), at: time() }

const release = {
  release: orNull(wholeNumber(0, 'Its number: the revision of its request. null: it rests on an observation alone.')),
  state: oneOfTexts(
    ['requested', 'released', 'void'],
    'void: it has, or would have, no effect; a refusal or a contradiction lies between the two, or what it names is not held back.',
  ),
  why: orNull(text('Why it is void.')),
  releases: ref('NamedEvent'),
  reason: orNull(text()),
  requested: orNull(object(step)),
  released: orNull(
    object({
      at: time('From then on it counts.'),
      eventId: ref('EventId'),
      by: orNull(text('Who confirmed it.')),
      observation: orNull(ref('EventId')),
    }),
  ),
} as const

export const RELEASE_SCHEMAS: Schemas = {
  ReleaseCourse: {
    ...object(release),
    description: 'That a signed success is followed which was held back, as an echo or for want of a time.',
  },
  ReleaseTaken: {
    ...object({ ...release, status: ref('Status'), position: ref('Position') }),
    description: 'The release, and how its user stands by it; `position` is to be given as `minPosition`.',
  },
  Releases: object({
    userId: ref('UserId'),
    heldBack: list(ref('HeldBack'), 'What may be released, the newest last; at most the newest 20.'),
    releases: list(ref('ReleaseCourse'), 'In the order in which they were asked for.'),
  }),
  ReleaseAsked: {
    oneOf: [
      object({ eventId: ref('EventId'), reason: aReason }),
      object({ stream: ref('StreamName'), revision: ref('Revision'), reason: aReason }),
    ],
  },
}

const RELEASES = {
  stream: 'kyc-6461762',
  revision: 3,
  eventId: '1c1e6bd5-3c4b-5d8c-a8a7-1f6f8c4f8a55',
  payloadHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
} as const

const REQUESTED = {
  release: 4,
  state: 'requested',
  why: null,
  releases: RELEASES,
  reason: 'confirmed with the provider by telephone, ticket 8841',
  requested: { by: 'anna', at: '2026-03-02T09:12:44.000Z' },
  released: null,
} as const

const RELEASED = {
  ...REQUESTED,
  state: 'released',
  released: {
    at: '2026-03-02T10:02:13.000Z',
    eventId: '2b0c5a4e-52f1-4d0e-9f43-0f0f2b1f7a11',
    by: 'bert',
    observation: null,
  },
} as const

const TAKEN = ref('ReleaseTaken')

const ASKED = { ...REQUESTED, status: 'refused', position: '0000000000000012' } as const

const RELEASE = inPath('release', wholeNumber(0), 4)

const tag = 'Releases'

/** Where the events of a user do not tell how he stands. */
const NO_HISTORY = [
  'history-removed',
  'user-erased',
  'unreadable-event',
  'not-as-sealed',
  'too-many-histories',
  'history-too-long',
] as const

/** What anybody may be told who takes a step. */
const STEP = ['bad-user-id', 'keys-not-set', 'unknown-user', 'not-held-back', 'clock-wrong', ...NO_HISTORY] as const

/** What `releaseRoutes` answers. */
export const RELEASE_PATHS: Paths = {
  '/users/{userId}/releases': {
    get: operation({
      operationId: 'releasesOf',
      tag,
      scope: ['release:request', 'release:confirm', 'audit:read'],
      summary: 'What of a user is held back, and what somebody has asked to release',
      parameters: [USER_ID],
      answers: {
        200: json('All of them.', ref('Releases'), {
          userId: '6461762',
          heldBack: [{ ...RELEASES, region: 'legacy', why: 'echo', at: '2026-03-01T08:00:02.114Z' }],
          releases: [REQUESTED],
        }),
      },
      refusals: ['bad-parameter', 'bad-user-id', 'unknown-user', ...NO_HISTORY],
    }),
    post: operation({
      operationId: 'requestRelease',
      tag,
      scope: 'release:request',
      summary: 'Asks that a signed success is released that was held back',
      description: 'It counts once another key, or the token of another subject, confirms it.',
      parameters: [USER_ID],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: ref('ReleaseAsked'),
            example: { eventId: RELEASES.eventId, reason: REQUESTED.reason },
          },
        },
      },
      answers: {
        200: json('The same key has asked for it before, in the same words: nothing is recorded.', TAKEN, ASKED),
        201: json('Another key has to confirm it.', TAKEN, ASKED),
      },
      refusals: [...STEP, 'bad-body', 'body-too-large'],
    }),
  },
  '/users/{userId}/releases/{release}/confirm': {
    post: operation({
      operationId: 'confirmRelease',
      tag,
      scope: 'release:confirm',
      summary: 'Confirms a release that another key has asked for: the success is followed from now on',
      parameters: [USER_ID, RELEASE],
      answers: {
        200: json('It is released.', TAKEN, {
          ...RELEASED,
          status: 'validated',
          position: '0000000000000013',
        }),
      },
      refusals: [...STEP, 'second-person-needed', 'unknown-release', 'release-confirmed'],
    }),
  },
}

// Examples of answers about users, as the demo and docs/api.md have them.

export const STATUS_EXAMPLE = {
  userId: '6461762',
  status: 'validated',
  verified: true,
  governedBy: 'legacy',
  legacy: {
    state: 'validated',
    review: { code: 2, name: 'VALIDATED' },
    level: { code: 2, name: 'REGULAR' },
    userStatus: 'VALIDATED',
    since: '2022-05-30T14:11:02.072Z',
  },
  lifecycle: {
    state: 'none',
    review: null,
    level: null,
    reviewType: null,
    codeStatus: null,
    lastRequestAt: null,
    lastReviewAt: null,
    nextReviewDate: null,
    since: null,
  },
  documents: [],
  liveness: null,
  qes: null,
  videoConference: null,
  observed: null,
  heldBack: [],
  released: null,
  anomalies: [],
  anomalyCounts: {},
  events: 2,
  revision: 1,
  lastEventAt: '2022-05-30T14:11:02.072Z',
} as const

const PENDING = {
  status: 'pending',
  verified: false,
  governedBy: 'legacy',
  legacy: 'pending',
  lifecycle: 'none',
  documents: {},
  liveness: 'none',
  qes: 'none',
  videoConference: 'none',
} as const

const PLACE = { stream: 'kyc-6461762', revision: 1, position: '0000000000000012' } as const

const EVENT_ID = '5b9a3d0c-6f0e-5a53-9d3c-2b7f4a3c1e11'

export const HISTORY_EXAMPLE = {
  eventId: EVENT_ID,
  name: 'user.kycreview',
  occurredAt: '2022-05-30T14:11:02.072Z',
  receivedAt: '2022-05-30T14:11:03.001Z',
  recordedAt: '2022-05-30T14:11:03.004Z',
  weaklyDated: false,
  corrected: false,
  late: false,
  before: PENDING,
  after: { ...PENDING, status: 'validated', verified: true, legacy: 'validated' },
  anomalies: [],
  ...PLACE,
} as const

export const EVENT_EXAMPLE = {
  eventId: EVENT_ID,
  type: 'user.kycreview',
  ...PLACE,
  metadata: { format: 4 },
  data: { webhook: 'user.kycreview', object_payload: { users: [{ userId: '6461762', kycReview: '2' }] } },
} as const

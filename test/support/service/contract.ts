// What the contract says (docs/api.md), in the order in which it is sent.

export const NO_LIFECYCLE = {
  state: 'none',
  review: null,
  level: null,
  reviewType: null,
  codeStatus: null,
  lastRequestAt: null,
  lastReviewAt: null,
  nextReviewDate: null,
  since: null,
}

/** Of the documented user 6461762, after the request and the review. */
export const VALIDATED_6461762 = {
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
  lifecycle: NO_LIFECYCLE,
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
}

/** After the documented `kycreview.result`. */
export const DOCUMENTED_LIFECYCLE = {
  state: 'validated',
  review: { code: 2, name: 'VALIDATED' },
  level: { code: 1, name: 'LIGHT' },
  reviewType: 'ONBOARDING',
  codeStatus: '110006',
  lastRequestAt: '2015-02-25T11:06:39.000Z',
  lastReviewAt: '2015-02-25T15:06:39.000Z',
  nextReviewDate: '2020-02-25',
  since: '2026-02-20T10:26:47.000Z',
}

/** Of the documented `kycliveness.update`. */
export const LIVENESS_REASONS = [
  { code: '1312', message: 'Applicant did not show the full front view of their face' },
  { code: '1320', message: 'Applicant performed their id verification under poor lighting conditions' },
  { code: '2401', message: "Applicant's identity does not match with the expected one" },
]

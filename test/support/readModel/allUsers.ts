/** The filter of a list that limits nothing but its length. */
export const ALL_USERS = {
  status: null,
  reviewDueBefore: null,
  anomaly: null,
  pendingSince: null,
  drift: null,
  after: null,
  limit: 100,
} as const

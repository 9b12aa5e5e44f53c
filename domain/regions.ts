/** QES and video conference run alike. */
const IDENTIFICATION = [
  'none',
  'started',
  'checking',
  'fraudSuspected',
  'succeeded',
  'aborted',
  'canceled',
  'fraudConfirmed',
  'unknown',
] as const

/**
 * The regions of a user's machine and the states of each. Two of them decide whether a user is verified (`legacy`,
 * `lifecycle`); the others show what the verification rests on.
 */
export const REGIONS = {
  legacy: [
    'none',
    'pending',
    'validated',
    'refused',
    'reviewOpen',
    'reviewPending',
    'investigating',
    'reviewClosed',
    'unknown',
  ],
  lifecycle: ['none', 'pending', 'validated', 'refused', 'unknown'],
  documents: ['none', 'pending', 'validated', 'canceled', 'unknown'],
  liveness: ['none', 'processing', 'passed', 'failed', 'inconclusive', 'aborted', 'expired', 'unknown'],
  qes: IDENTIFICATION,
  videoConference: IDENTIFICATION,
} as const

export type Region = keyof typeof REGIONS
export type StateOf<R extends Region> = (typeof REGIONS)[R][number]
export type State = StateOf<Region>

export const REGION_NAMES = Object.keys(REGIONS) as readonly Region[]

/** The states that vouch for somebody. An echo never leads into one. */
const SUCCESSES: ReadonlySet<State> = new Set<State>(['validated', 'passed', 'succeeded'])
/** Whether it is one of them. */
export const isSuccess = (state: State): boolean => SUCCESSES.has(state)

/** The states of something still under way: what is here waits for a result. */
const OPEN: ReadonlySet<State> = new Set<State>([
  'none',
  'pending',
  'reviewOpen',
  'reviewPending',
  'investigating',
  'processing',
  'started',
  'checking',
  'fraudSuspected',
])
/** Whether it is one of them. */
export const isOpen = (state: State): boolean => OPEN.has(state)

/** The one word that is answered of a user; only `validated` is verified. */
export const STATUSES = ['none', 'pending', 'validated', 'refused', 'closed', 'unknown'] as const
export type Status = (typeof STATUSES)[number]

/**
 * A review that was opened again, or is under investigation, is pending until it is decided. A closed review is deprecated
 * at the provider and its meaning is not documented: it vouches for nobody.
 */
export const STATUS_OF_LEGACY: Readonly<Record<StateOf<'legacy'>, Status>> = {
  none: 'none',
  pending: 'pending',
  validated: 'validated',
  refused: 'refused',
  reviewOpen: 'pending',
  reviewPending: 'pending',
  investigating: 'pending',
  reviewClosed: 'unknown',
  unknown: 'unknown',
}

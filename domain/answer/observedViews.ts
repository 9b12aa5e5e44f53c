import type { NamedEvent, Own, OwnEvent } from '../event/ownEvent.ts'
import { OBSERVED, RELEASED } from '../event/ownEvent.ts'
import { formatMilliseconds } from '../instant.ts'
import type { Status } from '../regions.ts'
import { type Compared, type ComparedDocument, compared } from '../state/compared.ts'
import type { HeldBack, KycState } from '../state/kycState.ts'
import { wordOf } from '../state/word.ts'
import type { Code } from '../treezor/codes.ts'
import { isUncertain } from './status.ts'

/** What the provider answered when it was asked about a user; it names no person. */
interface ObservedFields {
  readonly source: 'treezor-api'
  /** Whether the provider knows such a user. */
  readonly known: boolean
  /** What it amounts to by itself. */
  readonly status: Status
  readonly review: Code | null
  readonly level: Code | null
  readonly userStatus: string | null
}

/** The last observation of a user. */
export interface ObservedView extends ObservedFields {
  readonly at: string
  readonly eventId: string
  /** Whether nothing that the provider said since has lifted it. */
  readonly stands: boolean
  /** Whether the status is another one than the signed events amount to; not where nothing is certain. */
  readonly overlays: boolean
}

/** A success that was held back. */
export interface HeldBackView extends NamedEvent {
  readonly region: HeldBack['region']
  readonly why: HeldBack['why']
  readonly at: string
}

/** The release that the present validation rests on. */
export interface ReleasedView {
  readonly eventId: string
  readonly at: string
  /** The event that was held back. */
  readonly releases: string
  readonly on: 'observation' | 'two-persons'
}

/** What an observation says, in the history. */
export interface ObservationView extends ObservedFields {
  /** `null`: the provider was not asked about them. */
  readonly documents: readonly ComparedDocument[] | null
}

/** What a release, or a request of one, says, in the history: who asked for it, and why, stands in the event. */
export interface ReleaseView {
  readonly releases: NamedEvent
  /** What it rests on; `null` of a request. */
  readonly on: ReleasedView['on'] | null
}

const fieldsOf = ({ known, word, review, level, userStatus }: Compared): ObservedFields => ({
  source: 'treezor-api',
  known,
  status: word,
  review,
  level,
  userStatus,
})

export const observedView = (state: KycState): ObservedView | null => {
  const { observed, word } = state
  if (observed === null) return null
  const { at, eventId, stands } = observed
  const overlays = stands && !isUncertain(state) && word.status !== wordOf(state)
  return { at: formatMilliseconds(at), eventId, ...fieldsOf(observed), stands, overlays }
}

const NOTHING: readonly HeldBackView[] = []

/** So many of what is held back are shown. */
const SHOWN = 20

/** Of what is held back, the newest; of events that hold one and the same payload the newest alone. */
export const heldBackViews = ({ heldBack }: KycState): readonly HeldBackView[] => {
  if (heldBack.length === 0) return NOTHING
  const newest = new Map(heldBack.map((one) => [`${one.region} ${one.payloadHash}`, one]))
  return heldBack
    .filter((one) => newest.get(`${one.region} ${one.payloadHash}`) === one)
    .slice(-SHOWN)
    .map(({ stream, revision, eventId, payloadHash, region, why, at }) => ({
      stream,
      revision,
      eventId,
      payloadHash,
      region,
      why,
      at: formatMilliseconds(at),
    }))
}

/** Of the life cycle that governs. */
export const releasedView = ({ hasLifecycle, lifecycle, legacy }: KycState): ReleasedView | null => {
  const { released } = hasLifecycle ? lifecycle : legacy
  return released === null ? null : { ...released, at: formatMilliseconds(released.at) }
}

const releaseOf = (says: Exclude<Own, { readonly type: typeof OBSERVED }>): ReleaseView => {
  const { stream, revision, eventId, payloadHash } = says.data.releases
  const releases = { stream, revision, eventId, payloadHash }
  if (says.type !== RELEASED) return { releases, on: null }
  return { releases, on: 'observation' in says.data.on ? 'observation' : 'two-persons' }
}

/** What an event that this service wrote itself says, in the history. */
export const ownView = ({
  says,
}: OwnEvent): { readonly observation: ObservationView } | { readonly release: ReleaseView } => {
  if (says.type !== OBSERVED) return { release: releaseOf(says) }
  const seen = compared(says.data)
  return { observation: { ...fieldsOf(seen), documents: seen.documents } }
}

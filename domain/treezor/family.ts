import type { State } from '../regions.ts'

/** All families, by the names under which events record them. */
export const FAMILIES = ['user', 'kyc', 'document', 'liveness', 'qes', 'videoConference', 'identification'] as const

/**
 * What kind of object a payload is. `identification` is the object of QES and video conference under a name that does
 * not tell which of the two it belongs to.
 */
export type Family = (typeof FAMILIES)[number]

/** The webhook names that are documented, by the family of the payload they come with. */
const NAMES: Readonly<Record<string, Family>> = {
  'user.create': 'user',
  'user.update': 'user',
  'user.cancel': 'user',
  'user.kycrequest': 'user',
  'user.kycreview': 'user',
  'kycreview.request': 'kyc',
  'kycreview.result': 'kyc',
  'document.create': 'document',
  'document.update': 'document',
  'document.cancel': 'document',
  'kycliveness.create': 'liveness',
  'kycliveness.update': 'liveness',
  'qes.created': 'qes',
  'qes.processing': 'qes',
  'qes.aborted': 'qes',
  'qes.finalized': 'qes',
  'videoConference.created': 'videoConference',
  'videoConference.processing': 'videoConference',
  'videoConference.aborted': 'videoConference',
  'videoConference.finalized': 'videoConference',
}

/** The documented names of webhooks that are read here. */
export const KNOWN_NAMES: readonly string[] = Object.keys(NAMES)

/** What a webhook of a narrow name says, if it says anything known; the other names may come with any state. */
const SAYS: Readonly<Record<string, readonly State[]>> = {
  'user.kycrequest': ['none', 'pending', 'reviewOpen', 'reviewPending', 'investigating'],
  'kycreview.request': ['none', 'pending'],
  'kycreview.result': ['validated', 'refused'],
  'document.create': ['pending', 'validated'],
  'document.cancel': ['canceled'],
  'qes.created': ['started'],
  'qes.processing': ['started', 'checking', 'fraudSuspected'],
  'qes.aborted': ['aborted'],
  'qes.finalized': ['succeeded', 'aborted', 'canceled', 'fraudConfirmed'],
  'videoConference.created': ['started'],
  'videoConference.processing': ['started', 'checking', 'fraudSuspected'],
  'videoConference.aborted': ['aborted'],
  'videoConference.finalized': ['succeeded', 'aborted', 'canceled', 'fraudConfirmed'],
}

/** Whether a webhook of that name is expected to say this; what nobody understands is another matter. */
export const maySay = (name: string | null, state: State): boolean =>
  state === 'unknown' || name === null || !Object.hasOwn(SAYS, name) || (SAYS[name] ?? []).includes(state)

const PREFIXES: Readonly<Record<string, Family>> = {
  user: 'user',
  kycreview: 'kyc',
  document: 'document',
  kycliveness: 'liveness',
  qes: 'qes',
  videoConference: 'videoConference',
}

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/

/** So begins what this service calls the events that it writes itself. */
const LIKE_OUR_OWN = /^kyc-ledger\./i

/** Names are not signed: one that is not of a name's form could be anything, and one like our own pretends; neither is shown. */
export const shownName = (name: string | null): string | null =>
  name !== null && NAME.test(name) && !LIKE_OUR_OWN.test(name) ? name : null

const FAMILY_OF_NAME: ReadonlyMap<string | null, Family> = new Map(Object.entries(NAMES))

/** Whether a webhook of that name is documented. */
export const isKnownName = (name: string | null): boolean => FAMILY_OF_NAME.has(name)

/** The family that a webhook's name belongs to, known or new (`kycreview.expired`); `null` for names of other kinds. */
export const familyOfName = (name: string | null): Family | null => {
  const known = FAMILY_OF_NAME.get(name)
  if (known !== undefined) return known
  const prefix = name?.split('.', 1)[0]
  return prefix !== undefined && prefix !== name && Object.hasOwn(PREFIXES, prefix) ? (PREFIXES[prefix] ?? null) : null
}
